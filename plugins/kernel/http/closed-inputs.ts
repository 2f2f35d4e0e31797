import fp from 'fastify-plugin'
import type { FastifySchema } from 'fastify'

/*
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
        querystring: schema.querystring ?? nothing,
        ...(!isRead && { body: schema.body ?? noBody })
      }
    })
  },
  { name: 'closed-inputs' }
)

const nothing = { type: 'object', additionalProperties: false, 'x-nothing': true }

/** It has no type, so that a request without a body passes. */
const noBody = {
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
