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
      const isRead = [method].flat().every((name) => name === 'GET' || name === 'HEAD')
      route.schema = {
        ...schema,
        querystring: schema.querystring ?? emptyQuery,
        ...(!isRead && { body: schema.body ?? emptyBody })
      }
    })
  },
  { name: 'closed-inputs' }
)
