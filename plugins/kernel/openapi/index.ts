import { readFileSync } from 'node:fs'
import swagger from '@fastify/swagger'
import fp from 'fastify-plugin'
import { cookieName } from '../session/cookie.ts'
import { complete, declare, type Operation } from './complete.ts'
import { failureExamples, sharedFailures } from './failures.ts'
import { headers, parameters } from './headers.ts'
import { nameSchemas } from './name-schemas.ts'
import { problemSchemas } from './problem.ts'

const { version } = JSON.parse(read('../../../package.json')) as { version: string }

/** The OpenAPI document, made of the schemas of the routes; `fastify.swagger()` returns it. */
export default fp(
  async (fastify) => {
    await fastify.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Holdfast',
          summary: 'The API of a shop that cannot oversell, double-charge or lose a paid order',
          version,
          description: read('introduction.md'),
          contact: { name: 'Holdfast' },
          license: { name: 'MIT', identifier: 'MIT' }
        },
        servers: [{ url: '/', description: 'This shop' }],
        tags,
        components: { securitySchemes: securitySchemes(cookieName(fastify.config)) }
      },
      transform: ({ schema, url, route }) => ({ schema: declare(schema ?? {}, url, route), url }),
      transformObject: (made) => ('openapiObject' in made ? finish(made.openapiObject) : {}),
      // Components keep their names, so that a generated client has a Product and an Order.
      refResolver: {
        buildLocalReference: (json, _base, _fragment, i) => String(json.$id ?? `def-${i}`)
      }
    })
  },
  { name: 'openapi', dependencies: ['config'] }
)

const tags = [
  {
    name: 'Catalog',
    description: 'Categories, products, and what can be sold. For all, without a session.'
  },
  { name: 'Cart', description: "The session's cart. Kept 7 days after its last change." },
  { name: 'Checkout', description: 'From a cart to a paid order, once.' },
  { name: 'Orders', description: "The session's orders." },
  { name: 'Admin', description: "For the shop's staff and scripts, with an API key." },
  { name: 'Operations', description: 'Health, and this document.' }
]

const securitySchemes = (cookie: string) =>
  ({
    session: {
      type: 'apiKey',
      in: 'header',
      name: 'X-Session-ID',
      description: 'The guest session, a UUID of version 4 or 7. Optional: see the introduction.'
    },
    cookie: {
      type: 'apiKey',
      in: 'cookie',
      name: cookie,
      description:
        'The guest session as the signed cookie of an earlier answer. Browsers send it by themselves.'
    },
    apiKey: {
      type: 'http',
      scheme: 'bearer',
      description: 'An API key of the shop. Its scopes say which operations it may call.'
    }
  }) as const

/** Completes what @fastify/swagger made of the schemas. */
function finish(made: object) {
  const { paths, components, ...document } = made as Document
  for (const operations of Object.values(paths))
    for (const [method, operation] of Object.entries(operations)) complete(method, operation)
  const schemas: Record<string, unknown> = { ...problemSchemas }
  return {
    ...document,
    paths: nameSchemas(paths, schemas),
    components: {
      securitySchemes: components.securitySchemes,
      schemas: sorted(schemas),
      parameters: Object.fromEntries(
        Object.entries(parameters).map(([name, one]) => [name, { name, in: 'header', ...one }])
      ),
      headers,
      responses: sharedFailures(),
      examples: failureExamples()
    }
  }
}

type Document = {
  paths: Record<string, Record<string, Operation>>
  components: { securitySchemes: object }
}

const sorted = <T extends object>(part: T) =>
  Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))

function read(name: string) {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
}
