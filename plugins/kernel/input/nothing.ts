import type { FastifySchema } from 'fastify'

/** The query of a route that takes none. */
export const emptyQuery = { type: 'object', additionalProperties: false, 'x-nothing': true }

/** The body of a route that takes none. The schema has no type, so that a request without a body passes. */
export const emptyBody = {
  additionalProperties: false,
  not: { type: ['array', 'string', 'number', 'boolean'] },
  'x-nothing': true
}

/** The schema of a route without the parts that say that there is nothing. */
export const withoutNothing = (schema: FastifySchema): FastifySchema =>
  Object.fromEntries(
    Object.entries(schema).filter(
      ([, part]) => !(typeof part === 'object' && part !== null && 'x-nothing' in part)
    )
  )
