import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { setCaching } from '../cache-control/set-caching.ts'
import { allowOrigin } from '../cors/allow-origin.ts'
import { contentType, problemOf, sendProblem } from './problem-document.ts'
import { logRequest } from '../logging/log-request.ts'
import { UriTooLong, ValidationFailed } from './problems.ts'

/** Answers a URL that the router refuses, for which no error handler runs. */
export function frameworkErrors(err: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  // No route was found, so no hook has run.
  reply.header('x-request-id', request.id)
  reply.raw.once('finish', () => logRequest(null, request, reply))
  const problem =
    err.code === 'FST_ERR_BAD_URL'
      ? new ValidationFailed('The URL cannot be decoded.')
      : new UriTooLong()
  allowOrigin(request, reply)
  reply.code(problem.statusCode!)
  setCaching(request, reply)
  void sendProblem(problem, request, reply)
}

/** Answers bytes that are no HTTP: there is no request, only a connection. */
export function answerBadRequest(err: Error & { code?: string }, socket: Socket) {
  if (err.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const detail =
    err.code === 'HPE_HEADER_OVERFLOW'
      ? 'The headers are too large.'
      : 'The request cannot be parsed.'
  const body = JSON.stringify(problemOf(400, new ValidationFailed(detail)))
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: ${contentType}\r\nconnection: close\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
}
