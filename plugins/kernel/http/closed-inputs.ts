import fp from 'fastify-plugin'
import { emptyBody, emptyQuery } from '../input/nothing.ts'

/**
 * What a route of the API does not describe, it does not take: a route without a query refuses every parameter, and one
 * without a body refuses every member of a body, as routes with a schema do. Registered before all routes.
 */
export default fp(
  async (fastify) => {
    fastify.addHook('onRoute', (route) => {
      const { schema = {}, url, method } = route
      if (!url.startsWith('/api/') || schema.hide) return
      const takesBody = [method].flat().some((name) => withBody.includes(name))
      route.schema = {
        ...schema,
        querystring: schema.querystring ?? emptyQuery,
        ...(takesBody && { body: schema.body ?? emptyBody })
      }
    })
  },
  { name: 'closed-inputs' }
)

/** The body of another method has no meaning (RFC 9110, 9.3.5): it is ignored. */
const withBody = ['POST', 'PUT', 'PATCH']
