import type { FastifyReply, FastifyRequest } from 'fastify'

/** Every header of our answers that is not readable by a page of another origin anyway. */
export const exposedHeaders = [
  'Allow',
  'ETag',
  'Idempotency-Replayed',
  'Location',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Retry-After',
  'WWW-Authenticate',
  'X-Cache',
  'X-Consistency-Token',
  'X-Request-ID',
  'X-Session-ID'
]

/** What `Access-Control-Allow-Origin` says to this request; undefined: nothing. */
export function allowedOrigin(origins: string[], { headers }: FastifyRequest): string | undefined {
  const { origin } = headers
  if (origin === undefined) return undefined
  if (origins.includes('*')) return '*'
  return origins.includes(origin) ? origin : undefined
}

/** The headers of an answer that no hook runs for. */
export function allowOrigin(request: FastifyRequest, reply: FastifyReply) {
  const { CORS_ORIGINS } = request.server.config
  if (CORS_ORIGINS.length === 0) return
  reply.header('vary', 'Origin')
  const allowed = allowedOrigin(CORS_ORIGINS, request)
  if (allowed === undefined) return
  reply
    .header('access-control-allow-origin', allowed)
    .header('access-control-expose-headers', exposedHeaders.join(', '))
    .header('cross-origin-resource-policy', 'cross-origin')
  if (allowed !== '*') reply.header('access-control-allow-credentials', 'true')
}
