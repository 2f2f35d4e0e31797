import { randomUUID } from 'node:crypto'
import t from 'tap'
import { buyer, stock, unitsOf } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { faultProxy } from '../../../support/fault-proxy.ts'
import { consistently } from '../../../support/assert-consistent.ts'

const app = await build(t)
const { env, sql } = environmentOf(app)
const test = consistently(t, app)

const usd = (amount: number) => ({ amount, currency: 'USD' })

const reprice = (product_id: string, price: number) =>
  sql.query('update products set price = $2 where id = $1', [product_id, price])

test('a checkout sells only at the total that the buyer expects', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  await ada.add(tea!, 2)
  await reprice(tea!, 120)

  for (const key of [undefined, randomUUID()]) {
    const answer = await ada.checkout({ expected_total: usd(200) }, key)
    t.same([answer.status, answer.body.code], [409, 'cart_changed'])
    t.match(answer.body, { expected: usd(200), actual: usd(240) })
  }
  t.same(await unitsOf(app, tea!), [[5, 0]])
  t.equal((await ada.orders()).length, 0)

  const { status, body } = await ada.checkout({ expected_total: usd(240) })
  t.equal(status, 201)
  t.same(body.total, usd(240))
})

test('a checkout sells in the currency of the shop only', async (t) => {
  const [tea] = await stock(app, 5)
  const answer = await buyer(app).checkout(
    {
      items: [{ product_id: tea!, quantity: 1 }],
      expected_total: { amount: 100, currency: 'EUR' }
    },
    randomUUID()
  )
  t.same([answer.status, answer.body.code], [422, 'currency_mismatch'])
})

test('a repeat is answered from its order after the price has changed', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  const key = randomUUID()
  const body = { items: [{ product_id: tea!, quantity: 1 }], expected_total: usd(100) }
  const first = await ada.checkout(body, key)
  await reprice(tea!, 120)
  const again = await ada.checkout(body, key)
  t.equal(again.status, 201)
  t.same(again.body, first.body)
})

test('a checkout refuses a price that changed after it was quoted', async (t) => {
  // The gate is asked between the quote and TX 1.
  const way = await faultProxy(t, env.REDIS_URL!)
  const slow = await build(t, { REDIS_URL: way.url, UNPAID_ORDERS: '0' }, { like: app })
  for (const [change, problem] of [
    ['price = 150', { code: 'cart_changed', expected: usd(100), actual: usd(150) }],
    [`status = 'archived'`, { code: 'insufficient_stock', items: [{ available: 0 }] }]
  ] as const) {
    const [tea] = await stock(app, 5)
    way.block()
    const late = buyer(slow).buy([{ product_id: tea!, quantity: 1 }])
    await until('the gate is asked', () => way.waits())
    await sql.query(`update products set ${change} where id = $1`, [tea])
    way.unblock()
    const answer = await late
    t.equal(answer.status, 409)
    t.match(answer.body, problem)
    t.same(await unitsOf(app, tea!), [[5, 0]])
  }
})

test('a refusal lists every line that does not fit', async (t) => {
  const [tea, cup, pot] = await stock(app, 1, 5, 0)
  for (const round of ['from PostgreSQL', 'from the gate']) {
    const answer = await buyer(app).buy([
      { product_id: pot!, quantity: 1 },
      { product_id: cup!, quantity: 2 },
      { product_id: tea!, quantity: 2 }
    ])
    t.same([answer.status, answer.body.code], [409, 'insufficient_stock'], round)
    t.same(answer.body.items, [
      { product_id: pot, requested: 1, available: 0 },
      { product_id: tea, requested: 2, available: 1 }
    ])
  }
  t.same(await unitsOf(app, tea!, cup!, pot!), [
    [1, 0],
    [5, 0],
    [0, 0]
  ])
})

test('a product that has left the catalog is not sold', async (t) => {
  for (const status of ['archived', 'draft']) {
    const [tea] = await stock(app, 5)
    const ada = buyer(app)
    await ada.add(tea!)
    await sql.query('update products set status = $2 where id = $1', [tea, status])
    for (const answer of [
      await ada.checkout(),
      await ada.buy([{ product_id: tea!, quantity: 1 }])
    ]) {
      t.same([answer.status, answer.body.code], [409, 'insufficient_stock'])
      t.same(answer.body.items, [{ product_id: tea, requested: 1, available: 0 }])
    }
  }
})

test('a product that was sold out is sold again after its stock was set', async (t) => {
  const [tea] = await stock(app, 0)
  const items = [{ product_id: tea!, quantity: 1 }]
  t.equal((await buyer(app).buy(items)).body.code, 'insufficient_stock')
  const headers = { authorization: `Bearer ${env.ADMIN_API_KEY}` }
  const payload = { quantity: 1, reason: 'delivery' }
  await app.inject({ method: 'PUT', url: `/api/v1/admin/inventory/${tea}`, headers, payload })
  t.equal((await buyer(app).buy(items)).status, 201)
})
