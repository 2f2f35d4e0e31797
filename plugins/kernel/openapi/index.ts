import { readFileSync } from 'node:fs'
import swagger from '@fastify/swagger'
import fp from 'fastify-plugin'
import { Page } from '../http/pagination.ts'
import { Money, Problem } from '../http/schemas.ts'

const { version, description } = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
) as { version: string; description: string }

/** The OpenAPI document, made of the schemas of the routes; `fastify.swagger()` returns it. */
export default fp(
  async (fastify) => {
    for (const schema of [Money, Page, Problem]) fastify.addSchema(schema)

    await fastify.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Holdfast',
          version,
          description,
          license: { name: 'MIT', identifier: 'MIT' }
        },
        servers: [{ url: '/' }],
        tags: [
          { name: 'Catalog', description: 'Categories, products, what is in stock' },
          { name: 'Cart', description: "The session's cart" },
          { name: 'Checkout', description: 'From a cart to a paid order, once' },
          { name: 'Orders', description: "The session's orders" },
          { name: 'Admin', description: "For the shop's staff and scripts" },
          { name: 'Operations', description: 'Health and metrics' }
        ],
        components: {
          securitySchemes: {
            apiKey: { type: 'http', scheme: 'bearer' },
            session: { type: 'apiKey', in: 'header', name: 'X-Session-ID' }
          }
        }
      },
      // Components keep their names, so that a generated client has a Product and an Order.
      refResolver: {
        buildLocalReference: (json, _base, _fragment, i) => String(json.$id ?? `def-${i}`)
      }
    })
  },
  { name: 'openapi' }
)
