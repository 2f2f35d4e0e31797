import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import fp from 'fastify-plugin'
import { isKnown } from '../kernel/http/if-none-match.ts'
import type { CacheState } from '../storage/cache/index.ts'

declare module 'fastify' {
  interface FastifyReply {
    /**
     * Answers a catalog read with its finished JSON text, ETag and X-Cache; 304 when the client has this body already. Without an
     * ETag it is a hash of the body.
     */
    sendCatalog: (body: string | Buffer, state: CacheState, etag?: string) => FastifyReply
  }
}

export default fp(
  async (fastify) => {
    fastify.decorateReply(
      'sendCatalog',
      function sendCatalog(
        this: FastifyReply,
        body: string | Buffer,
        state: CacheState,
        etag = `"${createHash('sha1').update(body).digest('base64url')}"`
      ) {
        this.header('etag', etag).header('x-cache', state).header('cache-control', 'no-cache')
        if (isKnown(this.request, etag)) return this.code(304).send()
        return this.type('application/json; charset=utf-8').send(body)
      }
    )
  },
  { name: 'catalog-reply' }
)
