import { STATUS_CODES, type IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ConnectionError, FastifyInstance } from 'fastify'
import { corsHeaders } from '../cors/allow-origin.ts'
import { requestId } from '../http/sent-request-id.ts'
import { contentType, problemOf } from './problem-document.ts'
import { HeadersTooLarge, RequestTimeout, ValidationFailed } from './problems.ts'

type Headers = Partial<Pick<IncomingHttpHeaders, 'origin' | 'x-request-id'>>

/** How long a client has to read the answer before its connection is closed. */
const lingerMs = 2000

/** Answers bytes that are no HTTP, or not all of a request: there is no request, only a connection. */
export function answerBadRequest(fastify: FastifyInstance, err: ConnectionError, socket: Duplex) {
  // Bytes that arrive after the answer are no second request.
  if (socket.writableEnded) return
  if (err.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const { CORS_ORIGINS } = fastify.config
  const headers = headersIn(err)
  // An origin that stands in an earlier packet is not known. A browser refuses the answer if it is not this one.
  if (headers.origin === undefined && CORS_ORIGINS.length === 1) headers.origin = CORS_ORIGINS[0]
  answerSocket(fastify, socket, refusalOf(err.code), headers)
}

/** Answers on a connection, and closes it. `headers`: what is known of those of the request. */
export function answerSocket(
  { config, log }: FastifyInstance,
  socket: Duplex,
  problem: Error & { statusCode?: number },
  headers: Headers,
  further: Record<string, string> = {}
) {
  const status = problem.statusCode ?? 400
  const body = JSON.stringify(problemOf(status, problem))
  const request_id = requestId({ headers })
  const lines = Object.entries({
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': request_id,
    ...corsHeaders(config.CORS_ORIGINS, headers.origin),
    ...further,
    connection: 'close',
    'content-length': Buffer.byteLength(body)
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`)
  log.info({ request_id, status }, 'a request could not be read')
  // Closing at once would discard the answer while the client still sends; a client that does not close would stay.
  setTimeout(() => socket.destroy(), lingerMs).unref()
}

/** The headers in the bytes that the parser refused, or has parsed of the same request. The packet may begin with other requests. */
function headersIn({ rawPacket, bytesParsed = 0 }: ConnectionError): Headers {
  const packet = (rawPacket as unknown as Buffer | undefined)?.toString('latin1') ?? ''
  const begin = packet.lastIndexOf('\r\n\r\n', bytesParsed - 4) + 1
  const [head = ''] = packet.slice(begin).split(/(?<!^)\r\n\r\n/, 1)
  const named = (name: string) =>
    new RegExp(`\\n${name}:[ \\t]*([\\x21-\\x7e]+)[ \\t]*\\r?\\n`, 'i').exec(`${head}\n`)?.[1]
  return { origin: named('origin'), 'x-request-id': named('x-request-id') }
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
