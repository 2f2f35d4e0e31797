import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** This node has been told to stop: it finishes what it has begun and wants nothing new. */
    draining: () => boolean
    /** Says so from now on, and serves as before: whoever spreads requests sees it before it closes. */
    drain: () => void
  }
}

/** Before the plugins that take their time to stop: closing goes in the order of registration. */
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
