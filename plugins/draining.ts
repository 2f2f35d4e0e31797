import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** This node has been told to stop: it finishes what it has begun and wants nothing new. */
    draining: () => boolean
  }
}

/** Before the plugins that take their time to stop: closing goes in the order of registration. */
export default fp(
  async (fastify) => {
    let draining = false
    fastify.decorate('draining', () => draining)
    fastify.addHook('preClose', async () => {
      draining = true
    })
  },
  { name: 'draining' }
)
