import { LogController, type FastifyBaseLogger } from 'fastify'
import fp from 'fastify-plugin'
import { onClientDisconnect } from '../http/client-disconnect.ts'
import { logRequest } from './log-request.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Writes the lines of requests, which name nothing secret, and redacts nothing: that would cost ten times the line. */
    requestLines: FastifyBaseLogger
  }
  interface FastifyRequest {
    /** The error that the request failed with, if its status is 500 or above. */
    failure: unknown
    /** The order that the request placed, or from which it was answered. */
    order_id: string | undefined
    /** The database that served the request's last read: primary, replica1, …. */
    read_from: string | undefined
  }
}

/** Replaces Fastify's two lines a request by the one of logRequest. */
export class RequestLog extends LogController {
  constructor() {
    super({ requestIdLogLabel: 'request_id' })
  }

  override incomingRequest() {}

  override requestCompleted = logRequest
}

export default fp(
  async (fastify) => {
    fastify.decorate('requestLines', fastify.log.child({}, { redact: [] }))
    fastify.decorateRequest('failure', undefined)
    fastify.decorateRequest('order_id', undefined)
    fastify.decorateRequest('read_from', undefined)
    onClientDisconnect(fastify, (request, reply) => logRequest(null, request, reply))
  },
  { name: 'request-log' }
)
