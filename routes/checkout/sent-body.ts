import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyRequest {
    /** On the checkout: a copy of the body as the client sent it. The validation fills in defaults and trims texts. */
    sent: unknown
  }
}

/** Keeps the body of each request of this context as it was sent: version 0.1.0 made the hash of a purchase of it. */
export const sentBody = fp(async (fastify) => {
  fastify.decorateRequest('sent', undefined)
  fastify.addHook('preValidation', async (request) => {
    request.sent = copy(request.body, deepest)
  })
})

/** An item lies at depth two. What lies deeper fails the validation. */
const deepest = 3

function copy(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth === 0) return value
  if (Array.isArray(value)) return value.map((entry) => copy(entry, depth - 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, copy(member, depth - 1)])
  )
}
