import type { FastifyReply, FastifyRequest } from 'fastify'

/** Whoever asked has gone, and hears no answer. */
export const hasGone = ({ raw }: FastifyRequest, reply: FastifyReply) =>
  raw.socket.destroyed && !reply.raw.writableFinished
