import { createHash } from 'node:crypto'
import { LogController, type FastifyReply, type FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { clientHasDisconnected, onClientDisconnect } from '../http/client-disconnect.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What it failed with, if it was our fault. */
    failure: unknown
    /** The order that it placed or was answered from. */
    order_id: string | undefined
    /** Who served its reads: primary, replica1, …; the last one. */
    read_from: string | undefined
  }
}

/** What asks every few seconds; of interest only when it fails. */
const chatter = /^\/(health|metrics|ops)(\/|$)/

/**
 * One line a request, when it is over. Never the session's id, which is all that its owner has to prove who he is: the
 * first 8 digits of its SHA-256 are enough to find what belongs together.
 */
export class RequestLog extends LogController {
  constructor() {
    super({ requestIdLogLabel: 'request_id' })
  }

  override incomingRequest() {}

  override requestCompleted = logRequest
}

export default fp(
  async (fastify) => {
    fastify.decorateRequest('failure', undefined)
    fastify.decorateRequest('order_id', undefined)
    fastify.decorateRequest('read_from', undefined)
    onClientDisconnect(fastify, (request, reply) => logRequest(null, request, reply))
  },
  { name: 'request-log' }
)

/** For what never gets as far as a route, too. */
export function logRequest(
  _err: Error | null | undefined,
  request: FastifyRequest,
  reply: FastifyReply
) {
  const { statusCode: status } = reply
  const path = request.url.split('?', 1)[0]!.slice(0, 200)
  const line = {
    method: request.method,
    path,
    route: request.routeOptions.url,
    status,
    ms: Math.round(reply.elapsedTime * 10) / 10,
    session_hash: request.session ? hashOf(request.session) : undefined,
    order_id: request.order_id ?? orderIn(request),
    read_from: request.read_from,
    cache: reply.getHeader('x-cache'),
    // The client has gone before its answer.
    aborted: clientHasDisconnected(request, reply) || undefined,
    err: request.failure ?? undefined
  }
  reply.log[levelOf(status, path)](line, 'request')
}

function levelOf(status: number, path: string) {
  if (status === 503) return 'warn'
  if (status >= 500) return 'error'
  return chatter.test(path) ? 'debug' : 'info'
}

/** In the path of an order's own routes. */
function orderIn({ routeOptions, params }: FastifyRequest) {
  if (!routeOptions.url?.includes('/orders/:id')) return undefined
  return (params as { id?: string } | undefined)?.id
}

const hashOf = (session: string) => createHash('sha256').update(session).digest('hex').slice(0, 8)
