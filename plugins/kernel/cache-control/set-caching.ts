import type { FastifyReply, FastifyRequest } from 'fastify'
import { decoded } from '../../lib/decoded.ts'
import { addVary } from '../http/vary.ts'

const sessionPath = /^\/api\/v1\/(cart|checkout|orders)(\/|$)/
/** The routes of the shop's staff, as the router names them. */
export const adminPath = /^\/api\/v1\/admin(\/|$)/

export function setCaching(request: FastifyRequest, reply: FastifyReply) {
  if (isOfSession(request)) {
    reply.header('cache-control', 'no-store')
    addVary(reply, 'Cookie', 'X-Session-ID')
  } else if (adminPath.test(pathOf(request))) {
    reply.header('cache-control', 'no-store')
    addVary(reply, 'Authorization')
  } else if (reply.statusCode >= 400 && !reply.hasHeader('cache-control'))
    reply.header('cache-control', 'no-cache')
}

/** Also of a path that no route has, and of a request that was refused before its session was read. */
export const isOfSession = (request: FastifyRequest) =>
  Boolean(request.session) || sessionPath.test(pathOf(request))

/** As the router read it: `/api/v1/%63art` is the cart. */
function pathOf({ routeOptions, url }: FastifyRequest): string {
  if (routeOptions.url && routeOptions.url !== '*') return routeOptions.url
  const path = url.split('?', 1)[0]!
  return decoded(path) ?? path
}
