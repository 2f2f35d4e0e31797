import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { detailed, UnsupportedMediaType, ValidationFailed } from './errors/problems.ts'
import { syncBodyHook } from './http/sync-hook.ts'

/**
 * Request bodies are JSON in UTF-8 and nothing else. An empty body counts as no body even with a content type, since many
 * clients send the type with every request. A route that needs a body refuses a request without one. Of two members of one
 * name the last counts, as JSON.parse has it.
 */
export default fp(
  async (fastify) => {
    const parse = fastify.getDefaultJsonParser('error', 'error')
    fastify.removeContentTypeParser('text/plain')
    fastify.addContentTypeParser<Buffer>(
      'application/json',
      { parseAs: 'buffer' },
      (request, body, done) => {
        if (body.length === 0) return done(null, undefined)
        const refusal = refusalOf(request.headers, body)
        if (refusal) done(refusal)
        else parse(request, body.toString(), done)
      }
    )
    // Also an empty body with another type counts as none.
    fastify.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
      if (request.is404 || (await isEmpty(payload))) return undefined
      throw new UnsupportedMediaType('Send the body as JSON.')
    })
    // A type that is none has no parser.
    fastify.addHook(
      'preParsing',
      syncBodyHook(({ headers }) => {
        if (headers['content-length'] === '0') delete headers['content-type']
      })
    )
  },
  { name: 'json-body', dependencies: ['errors'] }
)

/** Why the bytes are not what the headers say. A decoder would replace bytes that are not UTF-8 in silence. */
function refusalOf(headers: IncomingHttpHeaders, body: Buffer): Error | undefined {
  const coding = headers['content-encoding']?.trim() || 'identity'
  if (coding.toLowerCase() !== 'identity')
    return detailed(new UnsupportedMediaType('Send the body without a Content-Encoding.'), {
      headers: { 'accept-encoding': 'identity' }
    })
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(headers['content-type'] ?? '')?.[1]
  if (charset !== undefined && !/^utf-?8$/i.test(charset))
    return new UnsupportedMediaType('Send the body in UTF-8.')
  return isUtf8(body) ? undefined : new ValidationFailed('The body is not UTF-8.')
}

/** Whether a body ends without a byte. The stream stays open: the answer goes by its connection. */
async function isEmpty(payload: IncomingMessage) {
  for await (const chunk of payload.iterator({ destroyOnReturn: false }))
    if ((chunk as Buffer).length > 0) return false
  return true
}
