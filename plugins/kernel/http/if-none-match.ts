import type { FastifyRequest } from 'fastify'

/**
 * Whether the client has the answer with this ETag: If-None-Match is a list of tags with weak comparison, or `*`. @fastify/etag
 * compares one tag for equality, on every route.
 */
export function isKnown({ headers }: FastifyRequest, etag: string): boolean {
  const strong = etag.replace(/^W\//, '')
  const tags = headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags?.some((tag) => tag === '*' || tag === strong) ?? false
}
