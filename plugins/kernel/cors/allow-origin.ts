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

/** What `Access-Control-Allow-Origin` says to a page of this origin; undefined: nothing. */
export function allowedOrigin(origins: string[], origin: string | undefined): string | undefined {
  if (origin === undefined) return undefined
  if (origins.includes('*')) return '*'
  return origins.includes(origin) ? origin : undefined
}

/** The headers of an answer that no hook runs for. */
export function corsHeaders(origins: string[], origin: string | undefined): Record<string, string> {
  if (origins.length === 0) return {}
  const allowed = allowedOrigin(origins, origin)
  if (allowed === undefined) return { vary: 'Origin' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': allowed,
    'access-control-expose-headers': exposedHeaders.join(', '),
    'cross-origin-resource-policy': 'cross-origin',
    ...(allowed !== '*' && { 'access-control-allow-credentials': 'true' })
  }
}
