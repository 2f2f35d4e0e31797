import type { FastifyReply, FastifyRequest } from 'fastify'
import { clientHasDisconnected } from '../http/client-disconnect.ts'

/** Routes that are asked every few seconds; they are logged as debug unless they fail. */
const chatter = /^\/(health|metrics|ops)(\/|$)/

/**
 * One line a request, at its end. It never has the session's id, since a reader of the log could use the session with it:
 * the first 8 digits of its hash are enough to find the requests of a session, and its orders. What is added here is written
 * as it is: no part of a request but its path, without the query.
 * Called also for a request that reaches no route.
 */
export function logRequest(
  _err: Error | null | undefined,
  request: FastifyRequest,
  reply: FastifyReply
) {
  const { statusCode: status } = reply
  const path = request.url.split('?', 1)[0]!.slice(0, 200)
  const line = {
    request_id: request.id,
    method: request.method,
    path,
    route: request.routeOptions.url,
    status,
    ms: Math.round(reply.elapsedTime * 10) / 10,
    session_hash: request.session?.slice(0, 8) || undefined,
    order_id: request.order_id ?? orderIn(request),
    read_from: request.read_from,
    cache: reply.getHeader('x-cache'),
    // The client disconnected before the answer was sent.
    aborted: clientHasDisconnected(request, reply) || undefined,
    err: request.failure ?? undefined
  }
  request.server.requestLines[levelOf(status, path)](line, 'request')
}

function levelOf(status: number, path: string) {
  if (status === 503) return 'warn'
  if (status >= 500) return 'error'
  return chatter.test(path) ? 'debug' : 'info'
}

/** The id in the path of an order's routes. */
function orderIn({ routeOptions, params }: FastifyRequest) {
  if (!routeOptions.url?.includes('/orders/:id')) return undefined
  return (params as { id?: string } | undefined)?.id
}
