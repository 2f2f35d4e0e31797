import { randomUUID } from 'node:crypto'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import t, { type Test } from 'tap'
import { build } from '../support/build.ts'
import { addCategory, addProduct, call, usd, type Call } from './shop.ts'

// What a node answers stands in its OpenAPI document: status, content type, code, headers, and every member of the body.

type Json = Record<string, unknown>
type Schema = Json & { properties?: Record<string, Schema>; items?: Schema; anyOf?: Schema[] }
type Answer = { headers: Json; content?: Record<string, { schema: Schema }>; 'x-codes'?: string[] }
type Operation = { operationId: string; responses: Record<string, Answer> }

const app = await build(t)
const document = (await call(app, 'GET /openapi.json')).body as {
  paths: Record<string, Record<string, Operation>>
}

const ajv = new Ajv2020({ strict: false, logger: false })
formats.default(ajv)
ajv.addSchema({ ...document, $id: 'document' } as object)

/** Headers for browsers and caches on the way, of no operation in particular. */
const general =
  /^(connection|content-(length|security-policy|type)|cross-origin-.*|date|origin-agent-cluster|referrer-policy|strict-transport-security|vary|x-(content-type-options|dns-prefetch-control|download-options|frame-options|permitted-cross-domain-policies|xss-protection))$/

async function ask(t: Test, line: Parameters<typeof call>[1], request: Call = {}) {
  const answer = await call(app, line, request)
  const [method = '', url = ''] = line.split(' ')
  const operation = operationOf(method, url)
  const name = `${line} ${answer.status} ${answer.body?.code ?? ''}`
  const declared = resolved(operation.responses[answer.status] ?? {}) as Answer
  const headers = Object.keys(declared.headers ?? {}).map((header) => header.toLowerCase())
  const others = Object.keys(answer.headers).filter((header) => !general.test(header))
  t.same(
    others.filter((header) => !headers.includes(header)),
    [],
    `${name}: its headers`
  )
  if (answer.status >= 400) t.ok(declared['x-codes']?.includes(answer.body.code), name)
  const [type, content] = Object.entries(declared.content ?? {})[0] ?? []
  if (content) {
    t.ok(String(answer.headers['content-type']).startsWith(type!), `${name}: its type`)
    const text = JSON.stringify(content.schema).replaceAll('"#/', '"document#/')
    const validate = ajv.compile(JSON.parse(text) as object)
    t.ok(validate(answer.body), `${name}: ${ajv.errorsText(validate.errors)}`)
    t.same([...unknownMembers(answer.body, content.schema)], [], `${name}: its members`)
  } else t.equal(answer.text, '', name)
  return answer
}

function operationOf(method: string, url: string) {
  const path = url.split('?')[0]!
  const [, methods = {}] = Object.entries(document.paths).find(([template]) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path)
  )!
  return methods[method.toLowerCase()]!
}

function resolved(part: Json): Json {
  if (typeof part.$ref !== 'string') return part
  return part.$ref
    .slice(2)
    .split('/')
    .reduce((holder, name) => holder[name] as Json, document as Json)
}

function* unknownMembers(value: unknown, schema: Schema, at = ''): Generator<string> {
  const { properties, patternProperties, items, anyOf, ...rest } = resolved(schema) as Schema
  const given = anyOf?.find(({ type }) => type !== 'null')
  if (typeof value !== 'object' || value === null) return
  if (given) yield* unknownMembers(value, given, at)
  else if (Array.isArray(value))
    for (const one of value) yield* unknownMembers(one, items ?? {}, `${at}[]`)
  else
    for (const [name, member] of Object.entries(value))
      if (properties?.[name]) yield* unknownMembers(member, properties[name], `${at}.${name}`)
      else if (!patternProperties && !rest.additionalProperties) yield `${at}.${name}`
}

const category_id = await addCategory(app, 'mugs')
const product = await addProduct(app, { category_id })
const items = [{ product_id: product.id, quantity: 1 }]
const nothing = randomUUID()
const newKey = () => ({ 'idempotency-key': randomUUID() })

t.test('what the catalog answers stands in the document', async (t) => {
  const list = await ask(t, 'GET /api/v1/products?limit=1')
  const headers = { 'if-none-match': String(list.headers.etag) }
  t.equal((await ask(t, 'GET /api/v1/products?limit=1', { headers })).status, 304)
  await ask(t, 'GET /api/v1/products?limit=0&page=x&colour=blue')
  await ask(t, 'GET /api/v1/categories')
  await ask(t, 'GET /api/v1/categories/mugs')
  await ask(t, 'GET /api/v1/categories/nothing')
  await ask(t, `GET /api/v1/products/${product.slug}`)
  await ask(t, 'GET /api/v1/products/nothing')
  await ask(t, `GET /api/v1/inventory/${product.id}`)
  await ask(t, `GET /api/v1/inventory/${nothing}`)
  await ask(t, 'GET /health/live')
  await ask(t, 'GET /health/ready')
  await ask(t, 'GET /openapi.json')
})

t.test('what a cart answers stands in the document', async (t) => {
  const session = randomUUID()
  const key = newKey()
  const add = (body: unknown, headers = {}) =>
    ask(t, 'POST /api/v1/cart/items', { session, headers, body })
  await ask(t, 'GET /api/v1/cart')
  await ask(t, 'GET /api/v1/cart', { session: 'x' })
  await ask(t, 'POST /api/v1/cart/items', { body: items[0] })
  await add({ items }, key)
  await add({ items }, key)
  await add(items[0], key)
  await add({ product_id: 'x', quantity: '2' })
  await add({ product_id: nothing, quantity: 1 })
  await add({ product_id: product.id, quantity: 999 })
  await add('x', { 'content-type': 'text/plain' })
  await add('{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' })
  await add({ text: 'x'.repeat(70_000) })
  const line = `/api/v1/cart/items/${product.id}` as const
  await ask(t, `PUT ${line}`, { session, body: { quantity: 2 } })
  await ask(t, `PUT ${line}`, { session, body: {} })
  await ask(t, `DELETE ${line}`, { session })
  await ask(t, 'DELETE /api/v1/cart', { session })
})

t.test('what a checkout and its order answer stands in the document', async (t) => {
  const session = randomUUID()
  const buy = (more: Json = {}, headers = {}) =>
    ask(t, 'POST /api/v1/checkout', { session, headers, body: { email: 'a@b.example', ...more } })
  const key = newKey()
  const { body: order } = await buy({ items, shipping_address: { country: 'DE' } }, key)
  t.equal(order.status, 'confirmed')
  await buy({ items, shipping_address: { country: 'DE' } }, key)
  await buy({ items }, key)
  await buy({ items })
  await buy()
  await buy({ items, expected_total: usd(1) }, newKey())
  await buy({ items, expected_total: { amount: 1, currency: 'XXX' } }, newKey())
  await buy({ items: [{ product_id: product.id, quantity: 999 }] }, newKey())
  await buy({ items: [{ product_id: nothing, quantity: 1 }] }, newKey())
  await buy({ email: 'x', items: [] }, newKey())
  const declined = newKey()
  for (const replayed of [undefined, 'true'])
    t.match(await buy({ items, payment: { token: 'tok_declined' } }, declined), {
      status: 402,
      headers: { 'idempotency-replayed': replayed }
    })
  t.equal((await buy({ items, payment: { token: 'tok_timeout' } }, newKey())).status, 202)
  await ask(t, 'GET /api/v1/orders', { session })
  await ask(t, 'GET /api/v1/orders?limit=0', { session })
  await ask(t, `GET /api/v1/orders/${order.id}`, { session })
  await ask(t, `GET /api/v1/orders/${order.id}`, { session: nothing })
  await ask(t, `POST /api/v1/orders/${order.id}/cancel`, { session })
  await ask(t, `POST /api/v1/orders/${order.id}/cancel`, { session })
})

t.test('what the admin routes answer stands in the document', async (t) => {
  const staff = (line: Parameters<typeof call>[1], body?: unknown, headers = {}) =>
    ask(t, line, { key: true, headers, body })
  const mug = { sku: 'MUG', name: 'Mug', price: usd(1), category_id }
  const made = (await staff('POST /api/v1/admin/products', mug)).body
  await ask(t, 'POST /api/v1/admin/products', { body: mug })
  await staff('POST /api/v1/admin/products', mug)
  await staff('POST /api/v1/admin/products', { ...mug, sku: 'CUP', category_id: nothing })
  const path = `/api/v1/admin/products/${made.id}` as const
  await staff(`GET ${path}`)
  await staff(`PATCH ${path}`, { slug: 'cup' })
  await staff(`PATCH ${path}`, { name: 'Cup' }, { 'if-match': '"1"' })
  await staff(`PATCH ${path}`, {})
  t.equal((await ask(t, `GET /api/v1/products/${made.slug}`)).status, 301)
  const stock = `/api/v1/admin/inventory/${made.id}` as const
  await staff(`GET ${stock}`)
  await staff(`PUT ${stock}`, { quantity: 5, reason: 'counted' })
  await staff(`PUT ${stock}`, { quantity: 5, reason: 'counted' }, { 'if-match': '"1"' })
  const broken = { delta: -1, reason: 'broken' }
  const key = newKey()
  for (const delta of [-1, -1, -2])
    await staff(`POST ${stock}/adjustments`, { ...broken, delta }, key)
  await staff(`POST ${stock}/adjustments`, { ...broken, delta: -100 })
  await staff('GET /api/v1/admin/replication')
  await staff('GET /api/v1/admin/invariants')
})
