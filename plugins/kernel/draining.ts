import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether this node is about to stop: it answers what it has begun, and its readiness says 503. */
    draining: () => boolean
    /** Begins the drain. The node serves as before, so that the proxy sees the 503 before the node closes. */
    drain: () => void
  }
}

/** Readiness says 503 from the signal on, or from the begin of closing if there was none. */
export default fp(
  async (fastify) => {
    let draining = false
    fastify.decorate('draining', () => draining)
    const drain = () => {
      draining = true
    }
    fastify.decorate('drain', drain)
    fastify.addHook('preClose', async () => drain())
  },
  { name: 'draining' }
)
