import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { FastifyReply } from 'fastify'
import { isKnown } from '../../plugins/kernel/http/if-none-match.ts'
import { addVary } from '../../plugins/kernel/http/vary.ts'

const brotli = (text: string) =>
  promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })

/** A text that stays the same while the process lives. It is compressed once, when it is first asked for. */
export type KeptText = (reply: FastifyReply) => Promise<FastifyReply>

/** `send` answers a request with the text, in a coding that the client takes, or with 304 when the client has it. */
export function keptText(text: string, type: string): KeptText {
  // Weak, since the codings of one text have different bytes.
  const etag = `W/"${createHash('sha1').update(text).digest('base64url')}"`
  const codings = { br: once(() => brotli(text)), gzip: once(() => promisify(gzip)(text)) }

  return async (reply) => {
    reply.header('etag', etag)
    addVary(reply, 'Accept-Encoding')
    if (isKnown(reply.request, etag)) return reply.code(304).send()
    reply.type(type)
    const accepted = String(reply.request.headers['accept-encoding'] ?? '')
    for (const [name, compressed] of Object.entries(codings))
      if (new RegExp(`\\b${name}\\b(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$))`).test(accepted))
        return reply.header('content-encoding', name).send(await compressed())
    return reply.send(text)
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
