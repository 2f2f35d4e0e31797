import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { syncBodyHook } from './sync-hook.ts'

/** The client disconnected before the response was sent. */
export const clientHasDisconnected = ({ raw }: FastifyRequest, reply: FastifyReply) =>
  raw.socket.destroyed && !reply.raw.writableFinished

/**
 * Calls `tell` for each request whose client disconnected before the response was sent; Fastify runs no onResponse hook for
 * it. The call comes when the work is done, since the status of the response is known only then.
 */
export function onClientDisconnect(
  fastify: FastifyInstance,
  tell: (request: FastifyRequest, reply: FastifyReply) => void
) {
  fastify.addHook(
    'onSend',
    syncBodyHook((request, reply) => {
      if (clientHasDisconnected(request, reply)) return tell(request, reply)
      reply.raw.once('close', () => {
        if (clientHasDisconnected(request, reply)) tell(request, reply)
      })
    })
  )
}
