import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Whoever asked has gone, and hears no answer. */
export const clientHasDisconnected = ({ raw }: FastifyRequest, reply: FastifyReply) =>
  raw.socket.destroyed && !reply.raw.writableFinished

/**
 * Tells of requests whose client went before its answer had left, of which Fastify never says that they are over: when the
 * work is done, since what would have been answered is known then.
 */
export function onClientDisconnect(
  fastify: FastifyInstance,
  tell: (request: FastifyRequest, reply: FastifyReply) => void
) {
  fastify.addHook('onSend', async (request, reply) => {
    if (clientHasDisconnected(request, reply)) return tell(request, reply)
    reply.raw.once('close', () => {
      if (clientHasDisconnected(request, reply)) tell(request, reply)
    })
  })
}
