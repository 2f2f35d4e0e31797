import t from 'tap'
import type { RefundOutcome } from '../../../../plugins/shop/payments/port.ts'
import { buyer, stock } from '../../../support/buyer.ts'
import { build, environmentOf, until } from '../../../support/build.ts'

// Only the tests resolve.
const app = await build(t, { RESOLVER_INTERVAL_MS: '60000', RECONCILE_INTERVAL_SECONDS: '0' })
const { sql } = environmentOf(app)
const { payments } = app

/** The provider answers the refunds of this payment, one after the other, with these; then as it would. */
function answering(payment_id: string, ...answers: (RefundOutcome | Error)[]) {
  app.payments = {
    ...payments,
    async refund(refund) {
      const answer = refund.payment_id === payment_id ? answers.shift() : undefined
      if (answer instanceof Error) throw answer
      return answer ?? payments.refund(refund)
    }
  }
}
t.afterEach(() => (app.payments = payments))

async function cancelled(token = 'tok_success') {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  const { body } = await ada.buy([{ product_id: tea!, quantity: 1 }], token)
  await ada.cancel(body.id)
  const order_id: string = body.id
  const payment_id: string = body.payment.id
  return { order_id, payment_id, look: async () => (await ada.order(order_id)).body }
}

const refundsOf = async (payment_id: string) =>
  (
    await sql.query(
      `select id, amount::int, status, failure_code, provider_reference, provider_key from refunds
       where payment_id = $1 order by amount`,
      [payment_id]
    )
  ).rows
const resolve = async () => {
  await sql.query('update payments set check_at = now() where check_at > now()')
  await app.checkout.resolveDue(10)
}
const metric = async (name: string) => {
  const { body } = await app.inject({ url: '/metrics' })
  return Number(new RegExp(`^${name}(?:{[^}]*})? (.+)$`, 'm').exec(body)?.[1])
}

t.test('a refund that the provider refuses is written down as failed, never as done', async (t) => {
  const { payment_id, order_id, look } = await cancelled()
  answering(payment_id, { status: 'refused' })
  await resolve()
  t.match(await refundsOf(payment_id), [
    { status: 'failed', failure_code: 'refused', provider_reference: null }
  ])
  t.match(await look(), { status: 'cancelled', payment: { status: 'succeeded' } })
  t.equal(await metric('holdfast_refunds_failed'), 1)
  t.equal(await metric('holdfast_refunds_failed_amount'), 100)
  const { rows } = await sql.query(
    'select type from order_events where order_id = $1 order by version desc limit 1',
    [order_id]
  )
  t.match(rows, [{ type: 'refund_failed' }])
  await resolve()
  t.match(await refundsOf(payment_id), [{ status: 'failed' }], 'it is not tried again by itself')
  const broken = (await app.checkInvariants()).filter(({ violations }) => violations > 0)
  t.same(broken, [])
})

t.test('another attempt of a failed refund has another key', async (t) => {
  const { payment_id, look } = await cancelled()
  answering(payment_id, { status: 'failed', reference: 'one', failure_code: 'card_closed' })
  await resolve()
  const [{ id }] = await refundsOf(payment_id)
  const retry = async () =>
    (await sql.query('select retry_refund($1) as begun', [id])).rows[0].begun
  t.equal(await retry(), true)
  t.equal(await retry(), false, 'once')
  t.match(await look(), { payment: { status: 'refund_pending' } })

  const late = `select finish_refund(p_refund => $1, p_key => $1, p_status => 'failed') as written`
  t.match(
    (await sql.query(late, [id])).rows,
    [{ written: false }],
    'late news of the first attempt'
  )
  await resolve()
  const [row] = await refundsOf(payment_id)
  t.match(row, { status: 'succeeded', failure_code: null, provider_reference: /^sim_/ })
  t.not(row.provider_key, id)
  t.match(await look(), { payment: { status: 'refunded' } })
})

t.test('a refused refund does not stop the later refunds of its payment', async (t) => {
  const { payment_id } = await cancelled()
  await sql.query(
    `with halved as (update refunds set amount = 40 where payment_id = $1)
     insert into refunds (payment_id, amount, reason) values ($1, 60, 'customer')`,
    [payment_id]
  )
  const asked = new Error('no answer')
  answering(payment_id, { status: 'refused' })
  await resolve()
  const statuses = (await refundsOf(payment_id)).map(({ status }) => status)
  t.same(statuses.toSorted(), ['failed', 'succeeded'])
  const { rows } = await sql.query('select status, check_at from payments where id = $1', [
    payment_id
  ])
  t.match(rows, [{ status: 'partially_refunded', check_at: null }])

  const other = await cancelled()
  await sql.query(
    `with halved as (update refunds set amount = 40 where payment_id = $1)
     insert into refunds (payment_id, amount, reason) values ($1, 60, 'customer')`,
    [other.payment_id]
  )
  answering(other.payment_id, asked)
  await resolve()
  const left = (await refundsOf(other.payment_id)).map(({ status }) => status)
  t.same(left.toSorted(), ['pending', 'succeeded'], 'neither does one without an answer')
  await resolve()
  t.match(await other.look(), { payment: { status: 'refunded' } })
})

t.test('a refund that is pending at the provider is asked for again until it ends', async (t) => {
  const late = await cancelled('tok_refund_pending')
  const failing = await cancelled('tok_refund_fails')
  await resolve()
  for (const { payment_id, look } of [late, failing]) {
    t.match(await refundsOf(payment_id), [{ status: 'pending', provider_reference: /^sim_/ }])
    t.match(await look(), { payment: { status: 'refund_pending' } })
  }
  await sql.query(
    `update refunds set created_at = now() - interval '1 hour' where status = 'pending'`
  )
  const report = await app.reconcile(new Date(Date.now() - 60_000))
  t.match(report, { differing: 0 }, 'banks take their time')
  await until('both to end', async () => {
    await resolve()
    const ended = [await refundsOf(late.payment_id), await refundsOf(failing.payment_id)].flat()
    return ended.every(({ status }) => status !== 'pending')
  })
  t.match(await refundsOf(late.payment_id), [{ status: 'succeeded' }])
  t.match(await refundsOf(failing.payment_id), [{ status: 'failed', failure_code: 'card_closed' }])
  t.match(await late.look(), { payment: { status: 'refunded' } })
})
