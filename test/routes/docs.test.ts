import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { build } from '../support/build.ts'
import { call } from './shop.ts'

const app = await build(t)

type Operation = {
  operationId: string
  security?: object[]
  parameters?: { name: string; in: string; required: boolean; schema: { default?: unknown } }[]
  responses: Record<string, { description: string; content?: Record<string, unknown> }>
}
type Document = {
  openapi: string
  components: { schemas: Record<string, { required: string[] }> }
  paths: Record<string, Record<string, Operation>>
}

const answer = await call(app, 'GET /openapi.json')
const document = answer.body as Document
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    ...operation,
    line: `${method.toUpperCase()} ${path}`
  }))
)

t.test('the document is OpenAPI 3.1', async (t) => {
  t.equal(answer.status, 200)
  t.match(answer.headers['content-type'], /^application\/json/)
  t.equal(document.openapi, '3.1.0')
  t.match(document, { info: { title: 'Holdfast', version: /^\d/ } })
})

t.test('the document has the routes of the contract, and no others', async (t) => {
  const promised = [
    'GET /api/v1/categories',
    'GET /api/v1/categories/{id_or_slug}',
    'GET /api/v1/products',
    'GET /api/v1/products/{id_or_slug}',
    'GET /api/v1/inventory/{product_id}',
    'GET /api/v1/cart',
    'DELETE /api/v1/cart',
    'POST /api/v1/cart/items',
    'PUT /api/v1/cart/items/{product_id}',
    'DELETE /api/v1/cart/items/{product_id}',
    'POST /api/v1/checkout',
    'GET /api/v1/orders',
    'GET /api/v1/orders/{id}',
    'POST /api/v1/orders/{id}/cancel',
    'POST /api/v1/admin/products',
    'PATCH /api/v1/admin/products/{id}',
    'PUT /api/v1/admin/inventory/{product_id}',
    'POST /api/v1/admin/inventory/{product_id}/adjustments',
    'GET /health/live',
    'GET /health/ready',
    'GET /metrics',
    'GET /openapi.json'
  ]
  const lines = operations.map(({ line }) => line)
  for (const line of promised) t.ok(lines.includes(line), line)
  const more = lines.filter((line) => !promised.includes(line))
  t.same(
    more.filter((line) => !line.includes('/api/v1/admin/')),
    []
  )
})

t.test('the document says what the 429 of a checkout means', async (t) => {
  const { responses } = operations.find(({ operationId }) => operationId === 'checkout')!
  t.match(responses['429']!.description, /too_many_reservations/)
  t.same(Object.keys(responses['429']!.content!), ['application/problem+json'])
})

t.test('every staff route says that it needs an API key', async (t) => {
  const staff = operations.filter(({ line }) => line.includes(' /api/v1/admin/'))
  t.ok(staff.length > 0)
  for (const { line, security } of staff) t.same(security, [{ apiKey: [] }], line)
})

t.test('every operation has a name of its own and says how it fails', async (t) => {
  const names = operations.map(({ operationId }) => operationId)
  t.same(
    names.filter((name, at) => names.indexOf(name) !== at),
    []
  )
  for (const { line, operationId, responses } of operations) {
    t.match(operationId, /^[a-z][A-Za-z0-9]+$/, line)
    t.ok(
      Object.keys(responses).every((status) => /^([1-5]\d\d|[45]XX)$/.test(status)),
      line
    )
    if (!line.includes(' /api/')) continue
    for (const status of ['4XX', '5XX'])
      t.same(Object.keys(responses[status]?.content ?? {}), ['application/problem+json'], line)
  }
})

t.test(
  'the document names the parameters of each path, and a parameter with a default is optional',
  async (t) => {
    for (const { line, parameters = [] } of operations) {
      const inPath = [...line.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      t.same(
        parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name),
        inPath,
        line
      )
      for (const { name, required, schema } of parameters)
        t.notOk(required && schema.default !== undefined, `${line} ${name}`)
    }
  }
)

t.test('the document names the schemas of the shop and refers to no others', async (t) => {
  const { schemas } = document.components
  const named = ['Product', 'Cart', 'Order', 'Money', 'Problem', 'Category', 'Stock', 'Page']
  t.same(
    named.filter((name) => !schemas[name]),
    []
  )
  t.same(schemas.Money?.required, ['amount', 'currency'])
  for (const [, name = ''] of answer.text.matchAll(/"\$ref":"([^"]*)"/g)) {
    t.match(name, /^#\/components\/schemas\/\w+$/)
    t.ok(schemas[name.split('/').at(-1)!], name)
  }
  t.notMatch(answer.text, /"\$id"|def-\d/)
})

t.test('the schemas of the document are JSON Schema', async (t) => {
  const ajv = new Ajv2020({ logger: false })
  for (const schema of [
    ...Object.values(document.components.schemas),
    ...schemasIn(document.paths)
  ])
    t.ok(ajv.validateSchema(schema), JSON.stringify(schema))
})

function* schemasIn(part: unknown): Generator<object> {
  if (typeof part !== 'object' || part === null) return
  for (const [name, value] of Object.entries(part))
    if (name === 'schema') yield value
    else yield* schemasIn(value)
}

t.test('the page and its script come from this node and load nothing from elsewhere', async (t) => {
  const redirect = await call(app, 'GET /docs')
  t.match(redirect.headers.location, /\/docs\/$/)
  const page = await call(app, 'GET /docs/')
  t.match(page.headers['content-type'], /^text\/html/)
  const sources = [...page.text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url!)
  t.same(sources, ['js/scalar.js'])
  t.notMatch(page.text, /https?:\/\//)
  t.match(page.text, '/openapi.json')
  const script = await call(app, 'GET /docs/js/scalar.js')
  t.equal(script.status, 200)
  t.match(script.headers['content-type'], /javascript/)
  const policy = String(page.headers['content-security-policy'])
  t.match(policy, "default-src 'self'")
  t.notMatch(policy, /https?:|\*/)
})
