import { randomUUID } from 'node:crypto'
import t from 'tap'
import { buyer, pay, stock, unitsOf } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { consistently } from '../../../support/assert-consistent.ts'

const app = await build(t, {}, { redis: true })
const test = consistently(t, app)

test('a checkout of items without a key is refused', async (t) => {
  const [tea] = await stock(app, 5)
  const answer = await buyer(app).checkout({ items: [{ product_id: tea!, quantity: 1 }] })
  t.same([answer.status, answer.body.code], [400, 'idempotency_key_required'])
})

test('a checkout of items leaves the cart unchanged', async (t) => {
  const [tea, cup] = await stock(app, 5, 5)
  const ada = buyer(app)
  await ada.add(tea!, 2)
  const before = await ada.add(cup!)
  const answer = await ada.buy([{ product_id: tea!, quantity: 3 }])
  t.match(answer.body, { status: 'confirmed', items: [{ product_id: tea, quantity: 3 }] })
  const { id, version, items } = (await ada.cart()).body
  t.same([id, version], [before.body.id, before.body.version])
  t.same(
    items.map(({ quantity }) => quantity),
    before.body.items.map(({ quantity }) => quantity)
  )
})

test('a checkout sums the lines of one product', async (t) => {
  const [tea] = await stock(app, 5)
  const lines = [2, 1, 2].map((quantity) => ({ product_id: tea!, quantity }))
  const upper = { product_id: tea!.toUpperCase(), quantity: 1 }
  const refused = await buyer(app).buy([...lines, upper])
  t.same(refused.body.items, [{ product_id: tea, requested: 6, available: 5 }])
  const answer = await buyer(app).buy(lines)
  t.match(answer.body, { items: [{ product_id: tea, quantity: 5 }], total: { amount: 500 } })
  t.same(await unitsOf(app, tea!), [[0, 0]])
})

test('a checkout refuses an unknown product, and more units than an order can hold', async (t) => {
  const [tea] = await stock(app, 5000)
  const unknown = await buyer(app).buy([{ product_id: randomUUID(), quantity: 1 }])
  t.same([unknown.status, unknown.body.code], [404, 'product_not_found'])
  const many = { product_id: tea!, quantity: 999 }
  const tooMany = await buyer(app).buy([many, many])
  t.same([tooMany.status, tooMany.body.code], [422, 'cart_limit_exceeded'])
})

test('a product without an inventory row is out of stock', async (t) => {
  const [tea] = await stock(app, 0)
  await environmentOf(app).sql.query('delete from inventory where product_id = $1', [tea])
  const answer = await buyer(app).buy([{ product_id: tea!, quantity: 1 }])
  t.match(answer.body, { code: 'insufficient_stock', items: [{ available: 0 }] })
})

test('checkouts of items sell, replay and refuse while Redis is unreachable', async (t) => {
  const [tea] = await stock(app, 20)
  const ada = buyer(app)
  await ada.add(tea!)
  const bought = randomUUID()
  const first = await ada.checkout({}, bought)
  await ada.add(tea!)

  const redis = environmentOf(app).redisPid()!
  process.kill(redis, 'SIGSTOP')
  t.teardown(() => process.kill(redis, 'SIGCONT'))
  await until('Redis to be unreachable', () =>
    app.redis.ping().then(
      () => false,
      () => true
    )
  )

  const cart = await ada.checkout({}, randomUUID())
  t.same([cart.status, cart.body.code], [503, 'cart_unavailable'])
  t.equal(
    (await ada.checkout({}, bought)).body.id,
    first.body.id,
    'a repeat is answered from its order'
  )

  const key = randomUUID()
  const items = [{ product_id: tea!, quantity: 2 }]
  const answers = await Promise.all([
    ada.buy(items, 'tok_success', key),
    ...Array.from({ length: 12 }, () => buyer(app).buy(items))
  ])
  t.equal(
    answers.filter(({ status }) => status === 201).length,
    9,
    'nineteen units are nine orders of two'
  )
  for (const { status, body } of answers)
    if (status !== 201) t.same([status, body.code], [409, 'insufficient_stock'])
  const again = await ada.buy(items, 'tok_success', key)
  t.equal(again.status, answers[0]!.status)
  t.same(await unitsOf(app, tea!), [[1, 0]])

  const declined = await buyer(app).checkout(
    { ...pay('tok_declined'), items: [{ product_id: tea!, quantity: 1 }] },
    randomUUID()
  )
  t.equal(declined.status, 402)
  process.kill(redis, 'SIGCONT')
  await until('Redis to be back', () => app.redis.ping())
  t.equal((await ada.checkout()).status, 201, 'the cart is still there')
})
