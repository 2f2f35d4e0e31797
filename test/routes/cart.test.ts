import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build, environmentOf } from '../support/build.ts'
import { addProduct, buy, call, usd, type Call } from './shop.ts'

const app = await build(t)
const { sql } = environmentOf(app)
const week = 7 * 24 * 60 * 60 * 1000

/** The cart of a new session. */
function cart(session: string = randomUUID()) {
  const ask = (line: `${'GET' | 'POST' | 'PUT' | 'DELETE'} /cart${string}`, rest: Call = {}) =>
    call(app, line.replace('/cart', '/api/v1/cart') as 'GET /', { session, ...rest })
  return {
    session,
    get: () => ask('GET /cart'),
    add: (product_id: string, quantity: number) =>
      ask('POST /cart/items', { body: { product_id, quantity } }),
    set: (product_id: string, quantity: number) =>
      ask(`PUT /cart/items/${product_id}`, { body: { quantity } }),
    remove: (product_id: string) => ask(`DELETE /cart/items/${product_id}`),
    drop: () => ask('DELETE /cart')
  }
}

const units = (answer: { body: { items: { quantity: number }[] } }) =>
  answer.body.items.map(({ quantity }) => quantity)

const empty = { id: null, version: 0, items: [], subtotal: usd(0), expires_at: null }

t.test('a session without a cart sees an empty one, and reading creates none', async (t) => {
  const { get, remove, set } = cart()
  const { id } = await addProduct(app)
  t.same((await get()).body, empty)
  t.same((await remove(id)).body, empty)
  t.same((await set(id, 0)).body, empty)
  t.same((await get()).body, empty)
})

t.test('the cart shows the lines that were added, with their prices', async (t) => {
  const [mug, vase] = [await addProduct(app, { price: 1250 }), await addProduct(app)]
  const { get, add } = cart()
  t.equal((await add(mug.id, 2)).status, 200)
  const { body } = await add(vase.id, 1)
  t.match(body, { id: /^[0-9a-f-]{36}$/, version: 2, subtotal: usd(3500) })
  t.same(body.items[0], {
    product_id: mug.id,
    sku: mug.sku,
    name: mug.sku,
    quantity: 2,
    unit_price: usd(1250),
    line_total: usd(2500),
    available: 10
  })
  t.equal(body.items.length, 2)
  const left = Date.parse(body.expires_at) - Date.now()
  t.ok(left > week - 60_000 && left <= week + 1000, 'kept for a week')
  t.match((await get()).body, { id: body.id, version: 2, items: body.items })
})

t.test('the cart adds units to a line, sets its units and removes it', async (t) => {
  const { id } = await addProduct(app)
  const { add, set, remove } = cart()
  t.same(units(await add(id, 2)), [2])
  t.same(units(await add(id.toUpperCase(), 3)), [5], 'the same product')
  t.same(units(await set(id, 1)), [1])
  t.same(units(await set(id, 0)), [])
  t.same(units(await set(id.toUpperCase(), 4)), [4], 'PUT adds what is absent')
  const { body } = await remove(id.toUpperCase())
  t.match(body, { id: String, items: [], subtotal: usd(0), version: 6 })
  t.equal((await remove(id)).status, 200, 'removing an absent line is no failure')
  t.equal((await remove(randomUUID())).body.version, 6, 'and no change')
})

t.test('the version of a cart rises with each change and with nothing else', async (t) => {
  const { id } = await addProduct(app)
  const { get, add, set } = cart()
  const first = await add(id, 2)
  t.equal(first.body.version, 1)
  t.equal((await set(id, 2)).body.version, 1, 'the line had two units already')
  t.equal((await set(id, 3)).body.version, 2)
  t.equal((await add(id, 99)).status, 409)
  t.match((await get()).body, { version: 2, id: first.body.id })
})

t.test('a dropped cart is empty, and the next cart has another id', async (t) => {
  const { id } = await addProduct(app)
  const { get, add, drop } = cart()
  const { body } = await add(id, 1)
  const dropped = await drop()
  t.same([dropped.status, dropped.text], [204, ''])
  t.same((await get()).body, empty)
  t.equal((await drop()).status, 204, 'twice is fine')
  t.not((await add(id, 1)).body.id, body.id)
})

t.test('the cart refuses more units than can be sold, and names the product', async (t) => {
  const { id } = await addProduct(app, { quantity: 3 })
  const { add, set, get } = cart()
  await add(id, 2)
  for (const [answer, requested] of [
    [await add(id, 2), 4] as const,
    [await set(id, 9), 9] as const
  ]) {
    t.match(answer, { status: 409, body: { code: 'insufficient_stock' } })
    t.same(answer.body.items, [{ product_id: id, requested, available: 3 }])
  }
  await buy(app, id, { quantity: 2 })
  t.match((await get()).body.items, [{ quantity: 2, available: 1 }], 'the line keeps its units')
  t.equal((await set(id, 1)).status, 200)
})

t.test('the cart holds up to 999 units of a product', async (t) => {
  const { id } = await addProduct(app, { quantity: 5000 })
  const { add, set } = cart()
  t.equal((await set(id, 999)).status, 200)
  t.match(await add(id, 1), { status: 422, body: { code: 'cart_limit_exceeded' } })
  for (const quantity of [0, -1, 1000, 1.5])
    t.match(await add(id, quantity), { status: 400, body: { code: 'validation_failed' } })
  for (const quantity of [-1, 1000, 0.5])
    t.match(await set(id, quantity), { status: 400, body: { code: 'validation_failed' } })
})

t.test('the cart holds up to 100 products', async (t) => {
  const { body: first } = { body: await addProduct(app) }
  const { rows } = await sql.query<{ id: string }>(
    `with made as (
       insert into products (id, sku, slug, name, category_id, price, currency)
       select gen_random_uuid(), 'bulk-' || n, 'bulk-' || n, 'Bulk', category_id, 1, 'USD'
       from products, generate_series(1, 100) as n where id = $1 returning id)
     insert into inventory (product_id, quantity) select id, 5 from made returning product_id as id`,
    [first.id]
  )
  const { add, remove, get } = cart()
  for (const { id } of rows) t.equal((await add(id, 1)).status, 200)
  t.match(await add(first.id, 1), { status: 422, body: { code: 'cart_limit_exceeded' } })
  t.equal((await add(rows[0]!.id, 1)).status, 200, 'more units of a product that is in the cart')
  const items: { product_id: string }[] = (await get()).body.items
  t.same(
    items.map((item) => item.product_id),
    rows.map(({ id }) => id),
    'in the order they came'
  )
  await remove(rows[0]!.id)
  t.equal((await add(first.id, 1)).status, 200)
})

t.test('the cart shows the prices of today', async (t) => {
  const { id } = await addProduct(app, { price: 700 })
  const { add, get } = cart()
  await add(id, 2)
  const body = { price: usd(650), name: 'On sale' }
  await call(app, `PATCH /api/v1/admin/products/${id}`, { key: true, body })
  t.match((await get()).body, {
    items: [{ name: 'On sale', unit_price: usd(650), line_total: usd(1300) }],
    subtotal: usd(1300),
    version: 1
  })
})

t.test('the cart takes only active products, and any line can be removed', async (t) => {
  const [sold, draft] = [await addProduct(app), await addProduct(app, { status: 'draft' })]
  const { add, set, get, remove } = cart()
  for (const id of [randomUUID(), draft.id]) {
    t.match(await add(id, 1), { status: 404, body: { code: 'product_not_found' } })
    t.match(await set(id, 1), { status: 404, body: { code: 'product_not_found' } })
  }
  await add(sold.id, 2)
  await sql.query(`update products set status = 'archived' where id = $1`, [sold.id])
  t.match((await get()).body.items, [{ quantity: 2, available: 0, unit_price: usd(1000) }])
  t.match(await set(sold.id, 1), { status: 404 })
  t.same((await remove(sold.id)).body.items, [])
})

t.test('a cart belongs to its session alone', async (t) => {
  const { id } = await addProduct(app)
  await cart().add(id, 1)
  t.same((await cart().get()).body, empty)
})

t.test('a cart sums changes that come at the same time', async (t) => {
  const { id } = await addProduct(app, { quantity: 100 })
  const { add, get } = cart()
  await Promise.all(Array.from({ length: 20 }, () => add(id, 1)))
  t.match((await get()).body, { version: 20, items: [{ quantity: 20 }] })
})
