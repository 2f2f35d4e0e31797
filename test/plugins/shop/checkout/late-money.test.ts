import t from 'tap'
import { buyer, stock, unitsOf } from '../../../support/buyer.ts'
import { build, environmentOf } from '../../../support/build.ts'
import { consistently } from '../../../support/assert-consistent.ts'
import { originOf } from '../../../contracts/charges.ts'

// Charges that go through after their order was cancelled. The resolver does not run; the tests resolve.
const app = await build(t, { RESOLVER_INTERVAL_MS: '60000' })
const { sql } = environmentOf(app)
const test = consistently(t, app)

const metric = async (name: string) => {
  const { body } = await app.inject({ url: '/metrics' })
  return Number(new RegExp(`^${name} (.+)$`, 'm').exec(body)?.[1])
}

const refundsOf = async (id: string) =>
  (
    await sql.query(
      `select refunds.amount, refunds.reason, refunds.status
       from refunds join payments on payments.id = payment_id where order_id = $1`,
      [id]
    )
  ).rows

test('a charge that goes through after its order was given up is refunded', async (t) => {
  const [tea] = await stock(app, 1)
  const ada = buyer(app)
  const { body: order } = await ada.buy([{ product_id: tea!, quantity: 1 }], 'tok_error')
  await sql.query(
    `select finish_orders(array[$1]::uuid[], array['given_up'], array['expired'], array[null], array[null])`,
    [order.id]
  )
  t.same(await unitsOf(app, tea!), [[1, 0]])
  t.equal(await metric('holdfast_orphan_payment_seconds'), 0)

  const { id: payment_id, amount: money } = order.payment
  await app.payments.charge({ payment_id, ...money, ...originOf(app), token: 'tok_success' })
  await sql.query('update payments set check_at = now()')
  t.equal(await app.checkout.resolveDue(1), 1)
  t.same(await refundsOf(order.id), [{ amount: 100, reason: 'stock_lost', status: 'pending' }])
  t.match((await ada.order(order.id)).body, { status: 'cancelled', cancel_reason: 'stock_lost' })
  t.equal(await metric('holdfast_late_charges_total'), 1)

  await sql.query(`update refunds set created_at = now() - interval '90 s'`)
  const seconds = await metric('holdfast_orphan_payment_seconds')
  t.ok(seconds >= 90 && seconds < 120, `${seconds}`)

  t.equal(await app.checkout.resolveDue(1), 1)
  t.match(await refundsOf(order.id), [{ status: 'succeeded' }])
  t.equal((await ada.order(order.id)).body.payment.status, 'refunded')
  t.equal(await metric('holdfast_orphan_payment_seconds'), 0)
})

test('the charge of an order that its buyer has cancelled is refunded', async (t) => {
  const [tea] = await stock(app, 1)
  const ada = buyer(app)
  const { body: order } = await ada.buy([{ product_id: tea!, quantity: 1 }])
  await ada.cancel(order.id)
  t.ok((await metric('holdfast_orphan_payment_seconds')) > 0)
  await app.checkout.resolveDue(1)
  t.equal(await metric('holdfast_orphan_payment_seconds'), 0)
})
