import fp from 'fastify-plugin'
import { syncHook } from './http/sync-hook.ts'

/** Every answer has the request's id in X-Request-ID, as the log lines of the request do. */
export default fp(
  async (fastify) => {
    fastify.addHook(
      'onRequest',
      syncHook((request, reply) => void reply.header('x-request-id', request.id))
    )
  },
  { name: 'request-id' }
)
