import { randomInt, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { logFile } from '../../scripts/stack/supervisor/process.ts'
import { adminKey, build, environmentOf } from '../support/build.ts'
import { testServers } from '../support/environment.ts'
import { addCategory, addProduct, call, usd } from './shop.ts'

// PostgreSQL writes a value that it cannot parse into its log, whatever its settings are. So no request may bring it one.

const app = await build(t)
const category_id = await addCategory(app, 'mugs')
const product = await addProduct(app, { category_id, quantity: 1_000_000 })
const session = randomUUID()

/** It stands in every value that is sent here, and in no other line of the log. */
const mark = String(randomInt(1e10, 1e11))
const logged = async () =>
  (await readFile(logFile(testServers().folder, 'primary'), 'utf8'))
    .split('\n')
    .filter((line) => line.includes(mark))

/** Texts of which each is refused by PostgreSQL as an id, a number, a time, an array, JSON, bytes or text. */
const values = [
  mark,
  `9${mark}${mark}`,
  `urn:uuid:${product.id.slice(0, 25)}${mark}`,
  `{${product.id.slice(0, 25)}${mark}}`,
  `2026-13-45T${mark}`,
  `\\x${mark} {"a`,
  `${mark}\0`,
  `%${mark} & | ! <-> :*`
]
const numbers = [Number(`${mark}.5`), Number(`${mark}000000000`), -Number(mark)]

const text = { name: 'Mug', slug: 'mug', description: 'A mug', image_url: '/mug.png' }
const item = { product_id: product.id, quantity: 1 }
const edited = { ...text, category_id, price: usd(100), attributes: { a: 'b' }, status: 'active' }

/** A body of every operation that has one, with every member. */
const bodies: Record<string, object> = {
  addCartItem: { ...item, items: [item] },
  setCartItem: { quantity: 1 },
  checkout: {
    email: 'ada@example.com',
    shipping_address: { name: 'Ada', line1: 'Street 1', city: 'Berlin', country: 'DE' },
    payment: { token: 'tok_success' },
    expected_total: usd(1000),
    items: [item]
  },
  createProduct: { ...edited, sku: 'MUG', quantity: 1 },
  updateProduct: edited,
  setStock: { quantity: 5, reason: 'stocktaking' },
  adjustStock: { delta: 1, reason: 'delivery' }
}

type Operation = {
  operationId: string
  parameters?: { name: string; in: string }[]
  requestBody?: object
}
type Sent = { query?: object; headers?: Record<string, string>; path?: string; body?: object }

/** The body with this value in one member after the other, and as a name. */
function* spoilt(body: object, value: unknown): Generator<object> {
  if (!Array.isArray(body)) yield { ...body, [String(value)]: 'x' }
  for (const [name, member] of Object.entries(body)) {
    const changes =
      typeof member === 'object' && member !== null ? spoilt(member as object, value) : [value]
    for (const changed of changes)
      yield Array.isArray(body) ? [changed] : { ...body, [name]: changed }
  }
}

/** The requests that have this value in one place. */
function* requestsWith({ operationId, parameters = [], requestBody }: Operation, value: string) {
  const header = value.replaceAll(/[^\x20-\x7e]/g, '?')
  for (const { name, in: where } of parameters) {
    if (where === 'query') yield { query: { [name]: value } }
    if (where === 'header') yield { headers: { [name.toLowerCase()]: header } }
    if (where === 'path') yield { path: value }
  }
  if (operationId === 'listProducts')
    yield* [{ query: { 'attributes[a]': value } }, { query: { [`attributes[${value}]`]: 'b' } }]
  if (!requestBody) return
  const body = bodies[operationId]
  if (!body) throw new Error(`a body of ${operationId} is missing here`)
  const isLast = value === values.at(-1)
  for (const wrong of isLast ? [value, ...numbers] : [value])
    for (const changed of spoilt(body, wrong)) yield { body: changed }
}

t.test('a log of PostgreSQL shows a value that it could not parse', async (t) => {
  await t.rejects(environmentOf(app).sql.query('select $1::uuid', [mark]))
  t.match(await logged(), [/invalid input syntax for type uuid/])
})

t.test('no request brings PostgreSQL a value that it cannot parse', async (t) => {
  const { paths } = (await call(app, 'GET /openapi.json')).body as {
    paths: Record<string, Record<string, Operation>>
  }
  const before = await logged()
  let count = 0
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods))
      for (const value of values)
        for (const sent of requestsWith(operation, value) as Iterable<Sent>) {
          count++
          const id = encodeURIComponent((sent.path ?? product.id).toWellFormed())
          const { statusCode, body } = await app.inject({
            method: method as 'GET',
            url: path.replaceAll(/{\w+}/g, id),
            query: (sent.query ?? {}) as Record<string, string>,
            headers: {
              'x-session-id': session,
              authorization: `Bearer ${adminKey}`,
              'idempotency-key': randomUUID(),
              ...sent.headers
            },
            ...(sent.body && { payload: sent.body })
          })
          if (statusCode >= 500) t.fail(`${method} ${path}`, { sent, statusCode, body })
        }
  t.ok(count > 500, `${count} requests`)
  t.same((await logged()).slice(before.length), [])
})
