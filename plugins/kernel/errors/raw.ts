import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { setCaching } from '../cache-control/set-caching.ts'
import { allowOrigin } from '../cors/allow-origin.ts'
import { contentType, problemOf, sendProblem } from './problem-document.ts'
import { logRequest } from '../logging/log-request.ts'
import { HeadersTooLarge, RequestTimeout, UriTooLong, ValidationFailed } from './problems.ts'

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

/** How long a client has to read the answer before its connection is closed. */
const lingerMs = 2000

/** Answers bytes that are no HTTP, or not all of a request: there is no request, only a connection. */
export function answerBadRequest(err: Error & { code?: string }, socket: Socket) {
  // Bytes that arrive after the answer are no second request.
  if (socket.writableEnded) return
  if (err.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const problem = refusalOf(err.code)
  const status = problem.statusCode ?? 400
  const body = JSON.stringify(problemOf(status, problem))
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${contentType}\r\nconnection: close\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  )
  // Closing at once would discard the answer while the client still sends; a client that does not close would stay.
  setTimeout(() => socket.destroy(), lingerMs).unref()
}

function refusalOf(code: string | undefined) {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new HeadersTooLarge()
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new RequestTimeout()
    default:
      return new ValidationFailed('The request cannot be parsed.')
  }
}
