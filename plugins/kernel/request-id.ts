import type { IncomingMessage } from 'node:http'
import fp from 'fastify-plugin'
import { v7 } from 'uuid'

/** X-Request-ID as the client sent it, if it is short and of safe characters; else a new UUIDv7. */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const sent = headers['x-request-id']
  return typeof sent === 'string' && /^[\w.:-]{1,128}$/.test(sent) ? sent : v7()
}

/** Every answer has the request's id in X-Request-ID, as the log lines of the request do. */
export default fp(
  async (fastify) => {
    fastify.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', request.id)
    })
  },
  { name: 'request-id' }
)
