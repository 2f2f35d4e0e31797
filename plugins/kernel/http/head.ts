import fp from 'fastify-plugin'

/**
 * HEAD answers the headers of GET. Fastify counts the bytes of the body that it leaves out, which is wrong for 304: a cache
 * would believe that the stored body is empty (RFC 9110, 8.6). Registered before all routes.
 */
export default fp(
  async (fastify) => {
    fastify.addHook('onRoute', (route) => {
      if (route.method !== 'HEAD') return
      // After Fastify's own hook.
      route.onSend = [
        ...[route.onSend ?? []].flat(),
        async (_request, reply) => {
          if (reply.statusCode === 304) reply.removeHeader('content-length')
        }
      ]
    })
  },
  { name: 'head' }
)
