import type { FastifyReply } from 'fastify'

/** Adds headers to those on which the answer already depends. */
export function addVary(reply: FastifyReply, ...names: string[]) {
  const sent = String(reply.getHeader('vary') ?? '')
    .split(/\s*,\s*/)
    .filter(Boolean)
  const all = new Map([...sent, ...names].map((name) => [name.toLowerCase(), name]))
  reply.header('vary', [...all.values()].join(', '))
}
