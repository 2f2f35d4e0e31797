import type { FastifyErrorConstructor } from '@fastify/error'
import type { HeaderName } from './headers.ts'

/** A class of problems.ts. */
export type Problems = FastifyErrorConstructor<{ code: string; statusCode: number }>

declare module 'fastify' {
  interface FastifySchema {
    /** The errors of this operation, for the OpenAPI document. Those that every operation of its kind has are added. */
    errors?: Problems[]
    /** The headers of its answers, for the OpenAPI document, beside those that every operation of its kind has. */
    sends?: HeaderName[]
  }
}

/*
 * What the operations of one kind have in common: spread it into the schema of a route. Their `security` says who may call,
 * and the document adds the headers and errors that follow from it.
 */

/** For all. The answers can be cached. */
export const forCatalog = {
  tags: ['Catalog'],
  security: [],
  sends: ['ETag', 'X-Cache', 'Cache-Control'] satisfies HeaderName[] as HeaderName[]
}

/** For all, outside the API. */
export const forOperations = { tags: ['Operations'], security: [] }

/** For guests. The session is optional: the header, the cookie, or none. */
export const forGuests = (tag: 'Cart' | 'Checkout' | 'Orders') => ({
  tags: [tag],
  security: [{}, { session: [] }, { cookie: [] }]
})

/** For staff and scripts. */
export const forStaff = { tags: ['Admin'], security: [{ apiKey: [] }] }
