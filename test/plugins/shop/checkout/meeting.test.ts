import t from 'tap'
import { connected } from '../../../../scripts/stack/postgres/cluster.ts'
import { buyer, stock, unitsOf } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { consistently } from '../../../support/assert-consistent.ts'

// Its request, the resolvers of two nodes and its buyer end an order at the same time.
const app = await build(t, { RESOLVER_INTERVAL_MS: '20' })
const other = await build(
  t,
  { RESOLVER_INTERVAL_MS: '20', PROVIDER_LATENCY_MS: '700' },
  { like: app }
)
const { primaryUrl, sql } = environmentOf(app)
const test = consistently(t, app)

const waiting = async (): Promise<number> => {
  const { rows } = await sql.query(
    `select count(*)::int from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock'`
  )
  return rows[0].count
}

for (const [first, token, paid, cancelled] of [
  ['its request', 'tok_success', 201, 200],
  ['its request', 'tok_declined', 402, 409],
  ['a resolver', 'tok_slow', 402, 409]
] as const) {
  test(`an order is ended once when all who end it wait for its row, ${first} in front (${token})`, async (t) => {
    const [tea] = await stock(app, 5)
    const ada = buyer(other)
    await connected(primaryUrl, async (holder) => {
      const paying = ada.buy([{ product_id: tea!, quantity: 2 }], token)
      const [order] = await until('the order', async () => {
        const orders = await ada.at(app).orders()
        return orders.length > 0 && orders
      })
      await holder.query('begin')
      await holder.query('select from orders where id = $1 for no key update', [order!.id])
      if (first === 'its request') await until(first, async () => (await waiting()) === 1)
      await sql.query('update payments set check_at = now() where order_id = $1', [order!.id])
      await until('its request and a resolver', async () => (await waiting()) === 2)
      const cancelling = ada.at(app).cancel(order!.id)
      await until('its buyer', async () => (await waiting()) === 3)
      await holder.query('rollback')

      t.equal((await paying).status, paid)
      t.equal((await cancelling).status, cancelled)
    })
    t.same(await unitsOf(app, tea!), [[5, 0]])
  })
}

test('an order ends in one way when paying, cancelling and resolving meet at random', async (t) => {
  const [tea] = await stock(app, 40)
  await Promise.all(
    Array.from({ length: 30 }, async (_, n) => {
      const ada = buyer(n % 2 ? app : other)
      const token = ['tok_success', 'tok_timeout', 'tok_declined'][n % 3]!
      const paying = ada.buy([{ product_id: tea!, quantity: 1 }], token)
      const [order] = await until('the order', async () => {
        const orders = await ada.at(app).orders()
        return orders.length > 0 && orders
      })
      await sql.query(
        'update payments set check_at = now() where order_id = $1 and check_at > now()',
        [order!.id]
      )
      const [cancel, paid] = await Promise.all([ada.at(app).cancel(order!.id), paying])
      t.ok([200, 409].includes(cancel.status), `${cancel.status}`)
      t.ok([201, 202, 402].includes(paid.status), `${paid.status}`)
    })
  )
})
