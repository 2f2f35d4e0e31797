import { randomBytes, randomUUID } from 'node:crypto'
import t from 'tap'
import { v7 } from 'uuid'
import { orderNumber, type NewOrder } from '../../../../plugins/shop/checkout/new-order.ts'
import { connected } from '../../../../scripts/stack/postgres/cluster.ts'
import { build, environmentOf } from '../../../support/build.ts'
import { buyer, stock } from '../../../support/buyer.ts'

const app = await build(t, { PENDING_ORDERS_PER_SESSION: '1', RESOLVER_INTERVAL_MS: '60000' })
const { primaryUrl, sql } = environmentOf(app)
const { orderBatches } = app

const [tea, mugs] = (await stock(app, 100, 100)) as [string, string]
const prices = new Map<string, number>(
  (await sql.query('select id, price from products')).rows.map(({ id, price }) => [
    id,
    Number(price)
  ])
)

/** An order of one unit, before it is placed. */
async function unit(product_id: string, over: Partial<NewOrder> = {}): Promise<NewOrder> {
  const id = v7()
  const { rows } = await sql.query('select clock_timestamp() as now')
  const unit_price = prices.get(product_id)!
  return {
    id,
    number: orderNumber(id),
    payment_id: v7(),
    session: randomUUID(),
    purchase: null,
    ip: '192.0.2.1',
    key: randomUUID(),
    hash: randomBytes(32),
    cart_id: null,
    email: 'ada@example.com',
    shipping_address: undefined,
    total: unit_price,
    begun: rows[0].now,
    lines: [{ product_id, quantity: 1, unit_price }],
    ...over
  }
}

const units = (...products: string[]) => Promise.all(products.map((id) => unit(id)))

const placed = async (orders: NewOrder[]) =>
  (await Promise.all(orders.map(orderBatches.place))).map(({ outcome }) => outcome)

const sample = async (name: string) => {
  const { body } = await app.inject({ url: '/metrics' })
  return Number(new RegExp(`^${name}{batch="place"} (\\d+)`, 'm').exec(body)?.[1] ?? 0)
}

t.test('checkouts that run at the same time share their statements', async (t) => {
  const name = 'holdfast_batch_orders'
  const before = [await sample(`${name}_count`), await sample(`${name}_sum`)]
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => buyer(app).buy([{ product_id: tea, quantity: 1 }]))
  )
  for (const { status } of answers) t.equal(status, 201)
  const [statements, orders] = [await sample(`${name}_count`), await sample(`${name}_sum`)]
  t.equal(orders - before[1]!, 40)
  t.ok(statements - before[0]! < 20, `${statements - before[0]!} statements`)
})

t.test('an order that cannot be placed fails alone among others', async (t) => {
  const good = await units(tea, mugs, tea)
  // PostgreSQL refuses the whole statement: the total is not that of the lines.
  const bad = await unit(tea, { total: 1 })
  const [wrong, right] = await Promise.allSettled([placed([bad]), placed(good)])
  t.match(wrong, { status: 'rejected', reason: /total/ })
  t.match(right, { status: 'fulfilled', value: ['placed', 'placed', 'placed'] })
})

t.test('an order that waits for a lock holds up no other', async (t) => {
  const [waiting, ...others] = await units(mugs, tea, tea)
  await connected(primaryUrl, async (holder) => {
    await holder.query('begin')
    await holder.query('select from inventory where product_id = $1 for update', [mugs])
    const late = placed([waiting!])
    t.same(await placed(others), ['placed', 'placed'], 'while the lock is held')
    t.same(await placed(await units(tea)), ['placed'], 'in a later batch too')
    await holder.query('rollback')
    t.same(await late, ['placed'])
  })
})

t.test('two orders of a session are never in one batch', async (t) => {
  const session = randomUUID()
  const orders = [await unit(tea, { session }), await unit(tea, { session })]
  t.same((await placed(orders)).toSorted(), ['capped', 'placed'], 'a session may have one')
})

t.test('an outcome of each order is recorded, however many end together', async (t) => {
  const orders = await units(tea, tea, tea, tea)
  t.same(new Set(await placed(orders)), new Set(['placed']))
  const news = { reference: null, code: null }
  const answers = await Promise.all(
    orders.map(({ id: order_id }, at) =>
      orderBatches.finish(
        at % 2
          ? { ...news, order_id, outcome: 'failed', reason: 'payment_failed' }
          : { ...news, order_id, outcome: 'succeeded', reason: 'payment_failed' }
      )
    )
  )
  t.same(
    answers.map(({ outcome }) => outcome),
    ['confirmed', 'cancelled', 'confirmed', 'cancelled']
  )
  const states = await Promise.all(orders.map(({ id }) => orderBatches.after(id)))
  t.same(
    states.map(({ order }) => [order.id, order.status]),
    orders.map(({ id }, at) => [id, at % 2 ? 'cancelled' : 'confirmed'])
  )
})
