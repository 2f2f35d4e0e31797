import { randomUUID } from 'node:crypto'
import t from 'tap'
import { hashOf } from '../../plugins/kernel/session/id.ts'
import { build, environmentOf } from '../support/build.ts'
import { addProduct, buy, call, usd } from './shop.ts'

// Several products in one request, a request that is repeated, and sums that pass what an order can hold.
const app = await build(t)
const { sql } = environmentOf(app)

function cart(session: string = randomUUID()) {
  const add = (body: object, key?: string) =>
    call(app, 'POST /api/v1/cart/items', {
      session,
      body,
      ...(key && { headers: { 'idempotency-key': key } })
    })
  return {
    session,
    add,
    get: () => call(app, 'GET /api/v1/cart', { session }),
    set: (id: string, quantity: number) =>
      call(app, `PUT /api/v1/cart/items/${id}`, { session, body: { quantity } }),
    remove: (id: string) => call(app, `DELETE /api/v1/cart/items/${id}`, { session })
  }
}

const item = (product_id: string | undefined, quantity = 1) => ({ product_id, quantity })

const linesOf = ({ body }: { body: { items: { product_id: string; quantity: number }[] } }) =>
  body.items.map(({ product_id, quantity }) => [product_id, quantity])

/** Products that all cost this much, with plenty of stock. Their ids are in no order. */
async function addMany(count: number, price: number) {
  const { id } = await addProduct(app)
  const { rows } = await sql.query<{ id: string }>(
    `with made as (
       insert into products (id, sku, slug, name, category_id, price, currency)
       select gen_random_uuid(), 'many-' || n || $2::text, 'many-' || n || $2::text, 'Many', category_id, $3, 'USD'
       from products, generate_series(1, $4) as n where id = $1 returning id)
     insert into inventory (product_id, quantity) select id, 1000000 from made returning product_id as id`,
    [id, randomUUID(), price, count]
  )
  return rows.map((row) => row.id)
}

t.test('several products are added in one request, in the order of the request', async (t) => {
  const [a, b, c] = await addMany(3, 100)
  const { add, get } = cart()
  await add({ product_id: b, quantity: 1 })
  const answer = await add({
    items: [
      { product_id: c, quantity: 2 },
      { product_id: a!.toUpperCase(), quantity: 1 },
      { product_id: c!.toUpperCase(), quantity: 3 },
      { product_id: b, quantity: 1 }
    ]
  })
  t.equal(answer.status, 200)
  const expected = [
    [b, 2],
    [c, 5],
    [a, 1]
  ]
  t.same(linesOf(answer), expected)
  t.match(answer.body, { version: 2, subtotal: usd(800) })
  t.same(linesOf(await get()), expected)
})

t.test('an add of several products adds none when one is refused, and says which', async (t) => {
  const [a, b] = await addMany(2, 100)
  const [few, none] = [
    await addProduct(app, { quantity: 2 }),
    await addProduct(app, { quantity: 0 })
  ]
  const draft = await addProduct(app, { status: 'draft' })
  const { add, get } = cart()
  const before = await add({ items: [item(few.id), item(a, 500)] })

  const short = await add({ items: [item(b), item(few.id, 2), item(none.id)] })
  t.match(short, { status: 409, body: { code: 'insufficient_stock' } })
  t.same(short.body.items, [
    { product_id: few.id, requested: 3, available: 2 },
    { product_id: none.id, requested: 1, available: 0 }
  ])

  const unknown = await add({ items: [item(b), item(draft.id), item(a), item(randomUUID())] })
  t.match(unknown, { status: 404, body: { code: 'product_not_found' } })
  t.same(
    unknown.body.errors.map(({ pointer }: { pointer: string }) => pointer),
    ['#/items/1/product_id', '#/items/3/product_id']
  )

  const many = await add({ items: [item(b), item(a, 500)] })
  t.match(many, { status: 422, body: { code: 'cart_limit_exceeded' } })
  t.match(many.body.errors, [{ pointer: '#/items/1/product_id' }])
  const twice = await add({ items: [item(b, 600), item(b, 600)] })
  t.match(twice, { status: 422, body: { code: 'cart_limit_exceeded' } })
  t.same(linesOf(await get()), linesOf(before), 'nothing was added')
})

t.test('an add names one product or a list of products', async (t) => {
  const { id } = await addProduct(app)
  const { add, get } = cart()
  const items = [{ product_id: id, quantity: 1 }]
  for (const [body, ...pointers] of [
    [{}, '#/product_id', '#/quantity'],
    [{ quantity: 1 }, '#/product_id'],
    [{ product_id: id }, '#/quantity'],
    [{ product_id: null, quantity: null, items: null }, '#/product_id', '#/quantity'],
    [{ items, quantity: 1 }, '#/quantity'],
    [{ items, product_id: id, quantity: 1 }, '#/product_id', '#/quantity'],
    [{ items: [] }, '#/items'],
    [{ items: [{ product_id: id, quantity: 0 }] }, '#/items/0/quantity'],
    [{ items: [{ product_id: id, quantity: null }] }, '#/items/0/quantity'],
    [{ items: Array(101).fill(items[0]) }, '#/items']
  ] as [object, ...string[]][]) {
    const answer = await add(body)
    t.match(answer, { status: 400, body: { code: 'validation_failed' } }, JSON.stringify(body))
    t.same(
      answer.body.errors.map(({ pointer }: { pointer: string }) => pointer).toSorted(),
      pointers.toSorted()
    )
  }
  t.same((await get()).body.items, [])
  const nulls = await add({ product_id: id, quantity: 1, items: null })
  t.equal(nulls.status, 200, 'a client of a typed language sends null for what it leaves out')
})

t.test('a cart holds 100 products, however many are added at once', async (t) => {
  const ids = await addMany(101, 1)
  const { add, get } = cart()
  const items = ids.map((product_id) => ({ product_id, quantity: 1 }))
  t.equal((await add({ items: items.slice(0, 60) })).status, 200)
  t.match(await add({ items: items.slice(59) }), {
    status: 422,
    body: { code: 'cart_limit_exceeded' }
  })
  t.equal((await get()).body.items.length, 60)
  t.equal((await add({ items: items.slice(59, 100) })).status, 200)
  t.same(
    linesOf(await get()).map(([id]) => id),
    ids.slice(0, 100),
    'in the order they came'
  )
})

t.test('an add with an Idempotency-Key is made once', async (t) => {
  const { id } = await addProduct(app, { quantity: 5 })
  const { session, add, get } = cart()
  const key = randomUUID()
  const first = await add({ product_id: id, quantity: 2 }, key)
  t.equal(first.headers['idempotency-replayed'], undefined)

  await buy(app, id, { quantity: 4 })
  for (const body of [
    { product_id: id, quantity: 2 },
    { items: [{ product_id: id.toUpperCase(), quantity: 2 }] },
    { items: [1, 1].map((quantity) => ({ product_id: id, quantity })) }
  ]) {
    const again = await add(body, key)
    t.equal(again.status, 200, 'though there is too little stock for it now')
    t.equal(again.headers['idempotency-replayed'], 'true')
    t.same(linesOf(again), [[id, 2]])
  }
  t.match(await add({ product_id: id, quantity: 1 }, key), {
    status: 422,
    body: { code: 'idempotency_key_reused' }
  })
  const other = await cart().add({ product_id: id, quantity: 1 }, key)
  t.equal(other.headers['idempotency-replayed'], undefined, 'in another session it is another key')
  t.same(linesOf(await get()), [[id, 2]])
  t.equal((await add({ product_id: id, quantity: 1 }, 'short')).status, 400)

  const [name] = await app.redis.keys(`*cart_key:*${hashOf(session)}*`)
  const prefix = environmentOf(app).env.REDIS_PREFIX!
  const ms = await app.redis.pttl(name!.slice(prefix.length))
  t.ok(ms > 86_390_000 && ms <= 86_400_000, `kept for a day: ${ms}`)
})

t.test('an add that the proxy sends to two nodes is made once', async (t) => {
  const [id] = await addMany(1, 100)
  const { get, session } = cart()
  const send = (key: string) =>
    call(app, 'POST /api/v1/cart/items', {
      session,
      body: { product_id: id, quantity: 1 },
      headers: { 'x-proxy-key': key }
    })
  await Promise.all([send('0123456789abcdef'), send('0123456789abcdef'), send('another')])
  t.match((await get()).body, { version: 2, items: [{ quantity: 2 }] })
})

t.test('an add that was refused may be repeated with its key', async (t) => {
  const { id } = await addProduct(app, { quantity: 1 })
  const { add } = cart()
  const key = randomUUID()
  t.equal((await add({ product_id: id, quantity: 2 }, key)).status, 409)
  const later = await add({ product_id: id, quantity: 1 }, key)
  t.equal(later.status, 200)
  t.equal(later.headers['idempotency-replayed'], undefined)
})

t.test('an add that comes twenty times at once with one key is made once', async (t) => {
  const { id } = await addProduct(app, { quantity: 100 })
  const { add, get } = cart()
  const key = randomUUID()
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => add({ product_id: id, quantity: 1 }, key))
  )
  t.equal(answers.filter(({ status }) => status === 200).length, 20)
  t.equal(answers.filter(({ headers }) => !headers['idempotency-replayed']).length, 1)
  t.match((await get()).body, { version: 1, items: [{ quantity: 1 }] })
})

t.test('the cart refuses the line with which it costs more than an order can hold', async (t) => {
  const ids = await addMany(91, 100_000_000_000)
  const { add, get, set, remove } = cart()
  const items = ids.map((product_id) => ({ product_id, quantity: 999 }))
  t.equal((await add({ items: items.slice(0, 89) })).status, 200)
  t.equal((await set(ids[89]!, 999)).status, 200)
  t.equal((await get()).body.subtotal.amount, 90 * 999 * 100_000_000_000)

  const most = Number.MAX_SAFE_INTEGER
  const fits = Math.floor(most / 100_000_000_000) - 90 * 999
  const refused = { status: 422, body: { code: 'cart_limit_exceeded' } }
  t.match(await set(ids[90]!, 999), refused)
  t.match(await set(ids[90]!, fits + 1), refused)
  t.match(await add({ product_id: ids[90], quantity: fits + 1 }), refused)
  t.equal((await add({ product_id: ids[90], quantity: fits })).status, 200)
  t.match(await add({ product_id: ids[90], quantity: 1 }), refused)

  await sql.query('update products set price = price - $2 where id = $1', [ids[0], 1])
  const { body } = await get()
  const exact = (BigInt(90 * 999 + fits) * 100_000_000_000n - 999n).toString()
  t.equal(String(body.subtotal.amount), exact, 'every cent of it')

  await sql.query('update products set price = 1 where id = any ($1)', [ids.slice(1)])
  t.equal((await set(ids[90]!, 999)).status, 200)
  await sql.query('update products set price = 100000000000 where id = any ($1)', [ids])
  t.match(await get(), refused, 'prices have risen: a wrong sum is not shown')
  t.match(
    await set(ids[90]!, 998),
    refused,
    'the line has fewer units, and the cart still costs too much'
  )
  t.match(await set(ids[90]!, 999), refused)
  const lower = await remove(ids[90]!)
  t.equal(lower.status, 200)
  t.equal(lower.body.subtotal.amount, 90 * 999 * 100_000_000_000)
})

t.test('adds at the same time cannot pass together what an order can hold', async (t) => {
  const ids = await addMany(100, 100_000_000_000)
  const { add, get } = cart()
  await add({ items: ids.slice(0, 90).map((product_id) => ({ product_id, quantity: 999 })) })
  const answers = await Promise.all(
    ids.slice(90).map((product_id) => add({ product_id, quantity: 100 }))
  )
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  t.equal((await get()).status, 200)
})

t.test('a cheap cart may have all its lines full', async (t) => {
  const ids = await addMany(100, 90_000_000_000)
  const { add } = cart()
  const { status, body } = await add({
    items: ids.map((product_id) => ({ product_id, quantity: 999 }))
  })
  t.same([status, body.subtotal?.amount], [200, 100 * 999 * 90_000_000_000])
})
