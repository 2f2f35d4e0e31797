import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build, environmentOf } from '../support/build.ts'
import { tripsOf } from '../support/trips.ts'
import { addProduct, call } from './shop.ts'

// What a request for a cart asks of Redis and PostgreSQL.
const app = await build(t, {}, { redis: true })
const { sql } = environmentOf(app)

const products = await Promise.all([1, 2, 3].map(() => addProduct(app, { quantity: 50 })))
const ids = products.map(({ id }) => id)
const add = (session: string, product_id: string, headers = {}) =>
  call(app, 'POST /api/v1/cart/items', { session, headers, body: { product_id, quantity: 1 } })
const count = tripsOf(t, app)
const get = (session: string) => call(app, 'GET /api/v1/cart', { session })

// The gate knows the products, and Redis the scripts.
for (const id of ids) await add(randomUUID(), id)

t.test(
  'adding, changing and reading a cart takes one trip to Redis and one statement',
  async (t) => {
    const session = randomUUID()
    const one = { redis: 1, postgres: 1 }
    t.same(await count(() => add(session, ids[0]!)), one, 'the first line')
    t.same(await count(() => add(session, ids[1]!)), one, 'another line')
    t.same(await count(() => add(session, ids[2]!, { 'x-proxy-key': randomUUID() })), one)
    t.same(await count(() => get(session)), one)
    const path = `/api/v1/cart/items/${ids[1]}` as const
    const set = () => call(app, `PUT ${path}`, { session, body: { quantity: 3 } })
    t.same(await count(set), one)
    t.same(await count(() => call(app, `DELETE ${path}`, { session })), one)
    t.same(await count(() => get(randomUUID())), { redis: 1, postgres: 0 }, 'no cart')
  }
)

t.test('a node that has not seen a cart asks once more for its stock and products', async (t) => {
  const other = await build(t, {}, { like: app })
  const session = randomUUID()
  await add(session, ids[0]!)
  await add(session, ids[1]!)
  const ask = () => call(other, 'GET /api/v1/cart', { session })
  const known = (await get(session)).body
  t.match((await ask()).body, { items: known.items, subtotal: known.subtotal })
  t.same(await tripsOf(t, other)(ask), { redis: 1, postgres: 1 }, 'from then on it knows the cart')
  await add(session, ids[2]!)
  const { body } = await ask()
  t.same(
    body.items.map((item: { product_id: string; available: number }) => item.product_id),
    ids,
    'a line that another node has added is there'
  )
  t.same(body.items[2].available, 50)
  await other.close()
})

t.test('stock that the gate does not know is read from the primary', async (t) => {
  const session = randomUUID()
  await app.redis.del(`inventory:{${ids[0]}}`)
  await sql.query(
    'update inventory set quantity = 7, version = version + 1 where product_id = $1',
    [ids[0]]
  )
  const { status, body } = await add(session, ids[0]!)
  t.same([status, body.items[0].available], [200, 7])
  t.match(await add(session, ids[0]!), { status: 200 })

  const [unstocked] = (
    await sql.query<{ id: string }>(
      `insert into products (id, sku, slug, name, category_id, price, currency)
       select gen_random_uuid(), 'bare', 'bare', 'Bare', category_id, 1, 'USD' from products limit 1 returning id`
    )
  ).rows
  t.match(await add(session, unstocked!.id), {
    status: 409,
    body: { code: 'insufficient_stock', items: [{ requested: 1, available: 0 }] }
  })
})

t.test('a repeat is answered though its product is not for sale any more', async (t) => {
  const session = randomUUID()
  const { id } = await addProduct(app)
  const headers = { 'idempotency-key': randomUUID() }
  t.equal((await add(session, id, headers)).status, 200)
  await sql.query(`update products set status = 'archived' where id = $1`, [id])
  const again = await add(session, id, headers)
  t.same([again.status, again.headers['idempotency-replayed']], [200, 'true'])
  t.match(await add(session, id, { 'idempotency-key': randomUUID() }), {
    status: 404,
    body: { code: 'product_not_found' }
  })
})
