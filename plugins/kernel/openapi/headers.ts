import { sessionPattern } from '../session/id.ts'

/*
 * The headers of the HTTP contract, in their usual spelling. A route validates the ones that it reads (`schema.headers`); those
 * that plugins read stand here, for the OpenAPI document only.
 */

const text = { type: 'string' }
const count = { type: 'integer', minimum: 0 }
const session = {
  type: 'string',
  format: 'uuid',
  pattern: sessionPattern
}

/** Headers of requests that plugins read. */
export const parameters = {
  'X-Session-ID': {
    description:
      'The guest session, a UUID of version 4 or 7 of your own making. Without it the cookie counts; with neither, a request that writes makes a session.',
    schema: session
  },
  // Without a pattern: a request with another id is served all the same.
  'X-Request-ID': {
    description:
      'Names the request in the logs: 1 to 128 letters, digits and `_.:-`. For any other the shop makes one.',
    schema: text
  },
  'If-None-Match': {
    description: 'ETags of answers that the client has. 304 when one of them is still right.',
    schema: text
  }
}

/** Headers of answers. */
export const headers = {
  'Accept-Encoding': { description: 'The content coding that a body may have.', schema: text },
  Allow: { description: 'The methods that this path has.', schema: text },
  'Cache-Control': { description: 'Whether and how long the answer may be kept.', schema: text },
  ETag: {
    description:
      'The version of what was answered: send it back as If-Match with a change, or as If-None-Match with a read.',
    schema: text
  },
  'Idempotency-Replayed': {
    description: 'The request was done before: this is the outcome of that time.',
    schema: { type: 'string', enum: ['true'] }
  },
  Location: { description: 'Where to read what was made.', schema: text },
  'RateLimit-Limit': { description: 'Requests that are allowed in a minute.', schema: count },
  'RateLimit-Remaining': { description: 'Requests that are left.', schema: count },
  'RateLimit-Reset': {
    description: 'Seconds until the whole allowance is there again.',
    schema: count
  },
  'Retry-After': { description: 'Seconds to wait before another try.', schema: count },
  'Set-Cookie': {
    description: 'The session as a signed cookie, when it was made now or came by cookie.',
    schema: text
  },
  'WWW-Authenticate': { description: 'Bearer: an API key is needed.', schema: text },
  'X-Cache': {
    description: 'Whether the answer came from the cache.',
    schema: { type: 'string', enum: ['hit', 'miss'] }
  },
  'X-Consistency-Token': {
    description: 'Send it with a later read, from any session: the read then includes this write.',
    schema: text
  },
  'X-Request-ID': { description: 'Names the request in the logs.', schema: text },
  'X-Session-ID': { description: 'The guest session, where there is one.', schema: session }
}

export type HeaderName = keyof typeof headers

/** Headers that every answer of the API may have, errors too. */
export const ofEveryAnswer: HeaderName[] = [
  'Cache-Control',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'X-Request-ID'
]

/** The `headers` member of an answer. */
export const referTo = (names: HeaderName[]) =>
  Object.fromEntries(
    [...new Set(names)].toSorted().map((name) => [name, { $ref: `#/components/headers/${name}` }])
  )

/** A header's usual spelling: Idempotency-Key, X-Session-ID. Node gives names in lower case. */
export const spelled = (name: string) =>
  name.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase()).replace(/-Id$/, '-ID')
