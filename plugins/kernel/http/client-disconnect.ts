import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { syncBodyHook } from './sync-hook.ts'

/** The client disconnected before the response was sent. */
export const clientHasDisconnected = ({ raw }: FastifyRequest, reply: FastifyReply) =>
  raw.socket.destroyed && !reply.raw.writableFinished

/**
 * Calls `tell` for each request whose client disconnected before the response was sent; Fastify runs no onResponse hook for
 * it. The call comes when the work is done, since the status of the response is known only then.
 */
export function onClientDisconnect(fastify: FastifyInstance, tell: Tell) {
  const known = told.get(fastify)
  if (known) return void known.push(tell)
  const all = [tell]
  told.set(fastify, all)
  const look: Tell = (request, reply) => {
    if (clientHasDisconnected(request, reply)) for (const one of all) one(request, reply)
  }
  fastify.addHook(
    'onSend',
    syncBodyHook((request, reply) => {
      if (clientHasDisconnected(request, reply)) look(request, reply)
      else reply.raw.once('close', () => look(request, reply))
    })
  )
}

type Tell = (request: FastifyRequest, reply: FastifyReply) => void

/** One listener a request serves all that are told. */
const told = new WeakMap<FastifyInstance, Tell[]>()
