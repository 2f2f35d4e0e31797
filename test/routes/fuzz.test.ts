import { randomUUID } from 'node:crypto'
import t from 'tap'
import { random } from '../../scripts/seed/random.ts'
import { adminKey, build, environmentOf } from '../support/build.ts'
import { addCategory, addProduct, call } from './shop.ts'

// Thousands of requests that the document half allows, the same ones in each run: whatever they are, nothing breaks.

const seed = 20_240_229
const rounds = process.env.TEST_LONG ? 10_000 : 1500
const mostMs = 10_000

const app = await build(t)
const category_id = await addCategory(app, 'mugs')
const products = [await addProduct(app, { category_id, quantity: 500 }), await addProduct(app)]
const sessions = [randomUUID(), randomUUID()]

type Schema = {
  type?: string | string[]
  enum?: unknown[]
  format?: string
  pattern?: string
  $ref?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  allOf?: Schema[]
  minimum?: number
  maximum?: number
}
type Operation = {
  parameters?: { name: string; in: string; schema: Schema }[]
  requestBody?: { content: { 'application/json': { schema: Schema } } }
}
type Document = {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

const document = (await call(app, 'GET /openapi.json')).body as Document
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation }))
)

const draw = random(seed)
const chance = (share: number) => draw() < share
const integer = (from: number, to: number) => from + Math.floor(draw() * (to - from + 1))
const pick = <T>(values: readonly T[]): T => values[integer(0, values.length - 1)]!

const ids = [...products.map(({ id }) => id), category_id, randomUUID()]
const texts =
  `|mug|😀|ключ|%00|' or 1=1 --|\\|"|__proto__|constructor|null|-0|1e999|../../etc/passwd
|ada@example.com|USD|DE|"1"|W/"2"|*|tok_success|aaaaaaaaaaaaaaaa`.split('|')
texts.push('x'.repeat(300), '\0', 'a\ud800', '\u202e', products[0]!.slug)
const odd = [null, true, false, 0, -0, -1, 1.5, 2 ** 53, -1e300, [], {}, [[]], { a: { b: [1] } }]

/** Something that the schema asks for; now and then something else. */
function valueOf(schema: Schema = {}, depth = 0): unknown {
  if (chance(0.06)) return pick<unknown>([...odd, ...texts, ...ids])
  if (schema.$ref)
    return valueOf(document.components.schemas[schema.$ref.split('/').at(-1)!], depth)
  if (schema.allOf) return valueOf(schema.allOf[0], depth)
  // All but the payment that takes two seconds.
  if (schema.enum) return pick(schema.enum.filter((value) => value !== 'tok_slow'))
  switch ([schema.type].flat()[0]) {
    case 'integer':
      return chance(0.7) ? integer(0, 5) : pick([schema.minimum, schema.maximum, 999, 1000, -1])
    case 'boolean':
      return chance(0.5)
    case 'array':
      return Array.from({ length: integer(0, 3) }, () => valueOf(schema.items, depth + 1))
    case 'object':
      return objectOf(schema, depth)
    default:
      return textOf(schema)
  }
}

function textOf({ format, pattern }: Schema) {
  if (format === 'uuid') return chance(0.9) ? pick(ids) : pick(ids).toUpperCase()
  if (format === 'email') return 'ada@example.com'
  if (pattern?.includes('[A-Z]{3}')) return 'USD'
  if (pattern?.includes('[A-Z]{2}')) return 'DE'
  if (pattern?.includes('https?')) return '/mug.png'
  return chance(0.6) ? `fuzz-${integer(0, 40)}` : pick(texts)
}

function objectOf({ properties = {}, required = [] }: Schema, depth: number) {
  const body: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(properties))
    if (chance(required.includes(name) ? 0.97 : 0.6)) body[name] = valueOf(schema, depth + 1)
  if (chance(0.05)) body[pick(texts)] = pick<unknown>(texts)
  return body
}

function requestOf({ path, method, parameters = [], requestBody }: (typeof operations)[number]) {
  const headers: Record<string, string> = { 'x-session-id': pick(sessions) }
  if (chance(0.9)) headers.authorization = `Bearer ${adminKey}`
  const query = new URLSearchParams()
  let url = path
  for (const { name, in: where, schema } of parameters) {
    const text = String(valueOf(schema)).toWellFormed()
    if (where === 'path') url = url.replace(`{${name}}`, encodeURIComponent(text))
    else if (where === 'query' && chance(0.4)) query.append(name, text)
    else if (where === 'header' && chance(0.4) && /^[\x20-\x7e]*$/.test(text)) headers[name] = text
  }
  if (query.size > 0) url += `?${query}`
  const schema = requestBody?.content['application/json'].schema
  if (!schema) return { method, url, headers }
  headers['content-type'] = chance(0.97) ? 'application/json' : pick(['text/plain', 'x', 'a/b'])
  const whole = JSON.stringify(valueOf(schema))
  const payload = chance(0.96) ? whole : whole.slice(0, integer(0, whole.length))
  return { method, url, headers, payload }
}

t.test('a node answers every random request by the rules, and none with 500', async (t) => {
  const end = performance.now() + mostMs
  const statuses = new Map<number, number>()
  const wanted = [200, 201, 400, 404, 409, 422]
  let asked = 0
  // A busy machine asks less in that time: then it takes up to four times as long to see every status.
  const isEnough = () =>
    performance.now() > end + 3 * mostMs ||
    (performance.now() > end && wanted.every((status) => statuses.has(status)))
  for (; asked < rounds && !isEnough(); asked++) {
    const request = requestOf(pick(operations))
    const { statusCode, headers, body } = await app.inject(request as object)
    statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
    const isProblem = String(headers['content-type']).startsWith('application/problem+json')
    if (statusCode >= 500 || isProblem !== statusCode >= 400 || !headers['x-request-id'])
      t.fail(`${statusCode} ${body.slice(0, 200)} to ${JSON.stringify(request).slice(0, 800)}`)
  }
  t.ok(asked > 300, `${asked} requests`)
  for (const status of wanted) t.ok(statuses.get(status), `some ${status}`)
})

t.test('the stock equals the ledger after the random requests', async (t) => {
  const { rows } = await environmentOf(app).sql.query(`
    select product_id from inventory
    join (select product_id, sum(quantity) as quantity, sum(reserved) as reserved
          from inventory_movements group by product_id) as moved using (product_id)
    where inventory.quantity <> moved.quantity or inventory.reserved_quantity <> moved.reserved`)
  t.same(rows, [])
})
