import { LogController } from 'fastify'
import fp from 'fastify-plugin'
import { onClientDisconnect } from '../http/client-disconnect.ts'
import { logRequest } from './log-request.ts'

declare module 'fastify' {
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
    fastify.decorateRequest('failure', undefined)
    fastify.decorateRequest('order_id', undefined)
    fastify.decorateRequest('read_from', undefined)
    onClientDisconnect(fastify, (request, reply) => logRequest(null, request, reply))
  },
  { name: 'request-log' }
)
