import { randomUUID } from 'node:crypto'
import t from 'tap'
import { buyer, stock } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { consistently } from '../../../support/assert-consistent.ts'

// How a repeat is answered from its order, state by state. The resolver does not run; the tests resolve.
const app = await build(t, { RESOLVER_INTERVAL_MS: '60000' })
const { sql } = environmentOf(app)
const test = consistently(t, app)

/** An order that was placed with this token, and how to ask for it again. */
async function placed(token: string) {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  const key = randomUUID()
  const repeat = () => ada.buy([{ product_id: tea!, quantity: 1 }], token, key)
  const { body } = await repeat()
  const id = body.order_id ?? body.id
  return { ada, id, repeat, end: () => resolve(id) }
}

const resolve = async (id: string) => {
  await sql.query('update payments set check_at = now() where order_id = $1 and check_at > now()', [
    id
  ])
  while ((await app.checkout.resolveDue(10)) > 0);
}

/** As if the request that placed the order were still at work, or had died. Its payment is due in so many seconds. */
const atWork = (id: string, seconds: number) =>
  sql.query(
    `update payments set status = 'processing', check_at = now() + $2::int * interval '1 s'
     where order_id = $1`,
    [id, seconds]
  )

test('a repeat is told to wait as long as a payment takes, while the request that placed the order is at work', async (t) => {
  const { id, repeat, end } = await placed('tok_timeout')
  const aged = "update orders set created_at = now() - $2::int * interval '1 s' where id = $1"
  for (const [age, due, seconds] of [
    [0, 15, ['2', '3']],
    [2, 13, ['1']],
    [6, 9, ['2']],
    [9, 1, ['1']]
  ] as const) {
    await sql.query(aged, [id, age])
    await atWork(id, due)
    const answer = await repeat()
    t.same([answer.status, answer.body.code], [409, 'checkout_in_progress'])
    t.ok(
      seconds.some((text) => text === answer.headers['retry-after']),
      `${age} s old: ${answer.headers['retry-after']}`
    )
    t.equal(answer.headers['idempotency-replayed'], undefined)
  }
  await end()
})

for (const [token, status, state] of [
  ['tok_timeout', 201, 'confirmed'],
  ['tok_error', 402, 'cancelled']
] as const) {
  test(`a repeat resolves an order whose request died after ${token}, and is answered ${status}`, async (t) => {
    for (const payment of ['processing', 'unknown']) {
      const { ada, id, repeat } = await placed(token)
      await atWork(id, -1)
      await sql.query('update payments set status = $2 where order_id = $1', [id, payment])
      const answer = await repeat()
      t.equal(answer.status, status)
      t.equal(answer.headers['idempotency-replayed'], 'true')
      if (status === 402)
        t.match(answer.body, { code: 'payment_failed', order_id: id, detail: /not charged/ })
      t.equal((await ada.order(id)).body.status, state)
    }
  })
}

test('a repeat is answered 202 while the provider does not answer', async (t) => {
  const mute = await build(t, { PROVIDER_LOST_RESPONSES: '1' }, { like: app })
  const [tea] = await stock(app, 5)
  const ada = buyer(mute)
  const key = randomUUID()
  const repeat = () => ada.buy([{ product_id: tea!, quantity: 1 }], 'tok_success', key)
  const first = await repeat()
  t.equal(first.status, 202)
  t.equal((await repeat()).status, 202, 'the outcome is unknown')

  await atWork(first.body.id, -1)
  const answer = await repeat()
  t.equal(answer.status, 202, 'the request that placed it died, and the provider does not answer')
  t.same(answer.body.id, first.body.id)
  await resolve(first.body.id)
  t.equal((await repeat()).status, 201)
})

test('a repeat of a paid checkout is answered 201, even after the order was completed or cancelled', async (t) => {
  const { ada, id, repeat, end } = await placed('tok_success')
  await sql.query(`update orders set status = 'completed', version = 3 where id = $1`, [id])
  await sql.query(
    `insert into order_events (order_id, version, type) values ($1, 3, 'completed')`,
    [id]
  )
  t.match(await repeat(), { status: 201, body: { id, status: 'completed' } })

  const other = await placed('tok_success')
  await other.ada.cancel(other.id)
  t.match(await other.repeat(), {
    status: 201,
    body: { status: 'cancelled', payment: { status: 'refund_pending' } }
  })
  await end()
  t.match(await other.repeat(), { status: 201, body: { payment: { status: 'refunded' } } })
  t.equal((await ada.orders()).length, 1)
})

test('a repeat of a checkout that ended unpaid is answered 402 with the reason', async (t) => {
  const declined = await placed('tok_insufficient_funds')
  t.match(await declined.repeat(), {
    status: 402,
    headers: { 'idempotency-replayed': 'true' },
    body: {
      code: 'payment_declined',
      order_id: declined.id,
      decline_code: 'insufficient_funds'
    }
  })

  const cancelled = await placed('tok_timeout')
  await cancelled.ada.cancel(cancelled.id)
  const told = { status: 402, body: { decline_code: 'customer', order_id: cancelled.id } }
  t.match(await cancelled.repeat(), told)
  await cancelled.end()
  t.match(await cancelled.repeat(), told, 'the charge was refunded')

  const expired = await placed('tok_error')
  await sql.query(`update reservations set expires_at = now() where order_id = $1`, [expired.id])
  await expired.end()
  t.match(await expired.repeat(), {
    status: 402,
    headers: { 'idempotency-replayed': 'true' },
    body: { code: 'payment_failed', order_id: expired.id }
  })

  const silent = await placed('tok_error')
  await sql.query(
    `select finish_orders(array[$1]::uuid[], array['given_up'], array['expired'], array[null], array[null])`,
    [silent.id]
  )
  const given_up = { code: 'payment_declined', decline_code: 'expired' }
  t.match(await silent.repeat(), { status: 402, body: given_up }, 'it may still be charged')
  await silent.end()
})

test('a checkout is answered 402 when its order was cancelled while the charge went through', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  const paying = ada.buy([{ product_id: tea!, quantity: 1 }], 'tok_slow')
  const [order] = await until('the order', async () => {
    const orders = await ada.orders()
    return orders.length > 0 && orders
  })
  await ada.cancel(order!.id)
  t.match(await paying, { status: 402, body: { decline_code: 'customer', order_id: order!.id } })
  t.equal((await ada.order(order!.id)).body.payment.status, 'refund_pending')
  await resolve(order!.id)
  t.equal((await ada.order(order!.id)).body.payment.status, 'refunded')
})

test('another session neither sees nor cancels an order', async (t) => {
  const { id } = await placed('tok_success')
  const eve = buyer(app)
  for (const answer of [await eve.order(id), await eve.cancel(id)])
    t.same([answer.status, answer.body.code], [404, 'order_not_found'])
})
