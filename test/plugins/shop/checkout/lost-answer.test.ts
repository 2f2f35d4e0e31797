import t from 'tap'
import { connected } from '../../../../scripts/stack/postgres/cluster.ts'
import { buyer, stock, unitsOf } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { faultProxy } from '../../../support/fault-proxy.ts'
import { consistently } from '../../../support/assert-consistent.ts'

// A statement commits, and the connection breaks before the node has its answer.
const app = await build(t, { RESOLVER_INTERVAL_MS: '60000' })
const { env, primaryUrl, sql } = environmentOf(app)
const way = await faultProxy(t, env.PRIMARY_URL!)
const far = await build(
  t,
  { PRIMARY_URL: way.url, RESOLVER_INTERVAL_MS: '60000', PROVIDER_LATENCY_MS: '500' },
  { like: app }
)
const test = consistently(t, app)

const statementWaits = () =>
  until('a statement to wait', async () => {
    const { rows } = await sql.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    )
    return rows.length > 0
  })

test('an order is placed once when the answer of TX 1 was lost', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(far)
  await ada.add(tea!, 2)
  await connected(primaryUrl, async (holder) => {
    await holder.query('begin')
    await holder.query('select from inventory where product_id = $1 for no key update', [tea])
    const paying = ada.checkout()
    await statementWaits()
    way.mute()
    await holder.query('rollback')
    await until('the order', async () => (await ada.at(app).orders()).length === 1)
    way.cut()
    t.match(await paying, { status: 201, body: { status: 'confirmed' } })
  })
  t.equal((await ada.orders()).length, 1)
  t.same((await ada.cart()).body.items, [])
  t.same(await unitsOf(app, tea!), [[3, 0]])
})

test('an order is ended once when the answer of TX 2 was lost', async (t) => {
  for (const [token, status, kept] of [
    ['tok_success', 201, 0],
    ['tok_declined', 402, 1]
  ] as const) {
    const [tea] = await stock(app, 5)
    const ada = buyer(far)
    await ada.add(tea!, 2)
    await connected(primaryUrl, async (holder) => {
      const paying = ada.checkout({ payment: { token } })
      const [order] = await until('the order', async () => {
        const orders = await ada.at(app).orders()
        return orders.length > 0 && orders
      })
      await holder.query('begin')
      await holder.query('select from orders where id = $1 for no key update', [order!.id])
      await statementWaits()
      way.mute()
      await holder.query('rollback')
      await until(
        'its end',
        async () => (await ada.at(app).order(order!.id)).body.status !== 'pending'
      )
      way.cut()
      t.equal((await paying).status, status)
    })
    const { body: cart } = await ada.cart()
    t.equal(cart.items.length, kept, 'the cart is cleared if the order was paid')
    for (const { available } of cart.items) t.equal(available, 5, 'the gate has the new number')
  }
})
