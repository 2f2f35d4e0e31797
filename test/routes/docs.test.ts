import { gunzipSync } from 'node:zlib'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { build } from '../support/build.ts'
import { call } from './shop.ts'

const app = await build(t)

type Operation = {
  operationId: string
  security?: object[]
  parameters?: { name: string; in: string; required: boolean; schema: { default?: unknown } }[]
  responses: Record<string, object>
}
type Document = {
  openapi: string
  components: Record<
    'schemas' | 'responses' | 'headers' | 'parameters' | 'examples',
    Record<string, { required: string[] }>
  >
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
    t.match(responses['4XX'], { $ref: '#/components/responses/refused' }, line)
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
    const [, , part, title] = name.split('/') as [
      string,
      string,
      keyof typeof document.components,
      string
    ]
    t.ok(document.components[part][title], name)
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
  const page = await call(app, 'GET /docs')
  t.equal((await call(app, 'GET /docs/')).text, page.text)
  t.match(page.headers['content-type'], /^text\/html/)
  const [address, ...more] = [...page.text.matchAll(/ src="([^"]*)"/g)].map(([, url]) => url!)
  t.match(address, /^\/docs\/js\/scalar\.js\?v=[0-9a-f]{12}$/)
  t.same(more, [])
  t.notMatch(page.text, /https?:\/\//)
  t.match(page.text, '/openapi.json')
  const policy = String(page.headers['content-security-policy'])
  t.match(policy, "default-src 'none'")
  t.notMatch(policy, /https?:|\*|unsafe-eval|script-src[^;]*unsafe/)
})

const ask = (headers: Record<string, string>) =>
  app.inject({ url: '/docs/js/scalar.js?v=1', headers })

t.test('the script of the page is compressed once and may be kept by browsers', async (t) => {
  const [plain, small] = await Promise.all([ask({}), ask({ 'accept-encoding': 'gzip, br;q=0' })])
  t.match(plain.headers['content-type'], /javascript/)
  t.equal(plain.headers['content-encoding'], undefined)
  t.equal(plain.headers['cache-control'], 'public, max-age=86400, immutable')
  t.equal(small.headers['content-encoding'], 'gzip')
  t.equal(small.headers.vary, 'Accept-Encoding')
  t.ok(small.rawPayload.length < 2_000_000)
  t.ok(gunzipSync(small.rawPayload).equals(plain.rawPayload))
  const known = await ask({ 'if-none-match': String(plain.headers.etag) })
  t.equal(known.statusCode, 304)
  t.equal(known.rawPayload.length, 0)
})

t.test('the document has an ETag, and a client that has it gets 304', async (t) => {
  t.equal(answer.headers['cache-control'], 'no-cache')
  const etag = String(answer.headers.etag)
  for (const tag of [etag, `"x", ${etag.slice(2)}`, '*']) {
    const headers = { 'if-none-match': tag }
    t.equal((await call(app, 'GET /openapi.json', { headers })).status, 304, tag)
  }
})

t.test('the root leads to the page, and the icon that browsers ask for is no error', async (t) => {
  const root = await call(app, 'GET /')
  t.equal(root.status, 302)
  t.equal(root.headers.location, '/docs')
  t.equal((await call(app, 'GET /favicon.ico')).status, 204)
})
