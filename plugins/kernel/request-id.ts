import type { IncomingMessage } from 'node:http'
import fp from 'fastify-plugin'
import { v7 } from 'uuid'

/** X-Request-ID as the client sent it, if it is a sane name; else one is made. */
export function requestId({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const sent = headers['x-request-id']
  return typeof sent === 'string' && /^[\w.:-]{1,128}$/.test(sent) ? sent : v7()
}

/** Every answer names its request, as the log does. */
export default fp(
  async (fastify) => {
    fastify.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', request.id)
    })
  },
  { name: 'request-id' }
)
