import fp from 'fastify-plugin'

/** Every answer has the request's id in X-Request-ID, as the log lines of the request do. */
export default fp(
  async (fastify) => {
    fastify.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', request.id)
    })
  },
  { name: 'request-id' }
)
