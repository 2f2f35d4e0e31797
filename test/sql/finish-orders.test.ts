import type { Pool } from 'pg'
import t from 'tap'
import { checkLedger } from './ledger.ts'
import { askRefund, finishRefunds } from './refunds.ts'
import { cancel, finish, line, newOrder, place, shop, stateOf, stockUp } from './support.ts'

/** How an order of two units at 100 comes to stand where it stands; ten units were there. */
const standings: Record<string, (sql: Pool, id: string) => Promise<unknown>> = {
  'pending, processing': async () => {},
  'pending, unknown': (sql, id) => payment(sql, id, 'unknown'),

  'confirmed, succeeded': pay,
  'confirmed, refund_pending': async (sql, id) => [
    await pay(sql, id),
    await askRefund(sql, id, 50)
  ],
  'confirmed, partially_refunded': async (sql, id) => {
    await pay(sql, id)
    await askRefund(sql, id, 50)
    await finishRefunds(sql, id)
  },
  'confirmed, refunded': async (sql, id) => {
    await pay(sql, id)
    await askRefund(sql, id, 200)
    await finishRefunds(sql, id)
  },
  'completed, succeeded': async (sql, id) => [await pay(sql, id), await complete(sql, id)],

  'cancelled by its buyer, unknown': cancel,
  'cancelled by its buyer, processing': async (sql, id) => {
    await cancel(sql, id)
    await payment(sql, id, 'processing')
  },
  'given up, unknown': giveUp,
  'declined, failed': (sql, id) => finish(sql, [{ order: id, outcome: 'failed' }]),
  'given up, refund_pending': async (sql, id) => [await giveUp(sql, id), await pay(sql, id)],
  'given up, refunded': async (sql, id) => {
    await giveUp(sql, id)
    await pay(sql, id)
    await finishRefunds(sql, id)
  },
  'confirmed and cancelled, refund_pending': async (sql, id) => [
    await pay(sql, id),
    await cancel(sql, id)
  ],
  'confirmed and cancelled, refunded': async (sql, id) => {
    await pay(sql, id)
    await cancel(sql, id)
    await finishRefunds(sql, id)
  }
}

const confirmed = {
  status: 'confirmed',
  payment: 'succeeded',
  hold: 'committed',
  captured: 200,
  reference: 'ref',
  open: false,
  was_confirmed: true,
  stock: [[8, 0]]
}
const declined = {
  status: 'cancelled',
  reason: 'payment_declined',
  payment: 'failed',
  hold: 'released',
  code: 'card_declined',
  open: false,
  stock: [[10, 0]]
}
const expired = {
  status: 'cancelled',
  reason: 'expired',
  payment: 'unknown',
  hold: 'expired',
  open: true,
  stock: [[10, 0]]
}
const back = (reason: string) => ({
  reason,
  payment: 'refund_pending',
  captured: 200,
  reference: 'ref',
  code: null,
  open: true,
  refunds: [['200', reason, 'pending']]
})
const shut = { payment: 'failed', code: 'card_declined', open: false }

type Cell = [answer: string, event: string | null, change: object]
type Row = { succeeded?: Cell; failed?: Cell; given_up?: Cell }

/** What TX 2 does to each of them. What is not said here is kept as it is. */
const cells: Record<string, Row> = {
  'pending, processing': {
    succeeded: ['confirmed', 'confirmed', confirmed],
    failed: ['cancelled', 'cancelled', declined],
    given_up: ['cancelled', 'cancelled', expired]
  },
  'pending, unknown': {
    succeeded: ['confirmed', 'confirmed', confirmed],
    failed: ['cancelled', 'cancelled', declined],
    given_up: ['cancelled', 'cancelled', expired]
  },
  'cancelled by its buyer, unknown': {
    succeeded: ['refund', 'refund_requested', back('customer')],
    failed: ['closed', null, shut]
  },
  'cancelled by its buyer, processing': {
    succeeded: ['refund', 'refund_requested', back('customer')],
    failed: ['closed', null, shut]
  },
  'given up, unknown': {
    succeeded: ['refund', 'refund_requested', back('stock_lost')],
    failed: ['closed', null, shut]
  },
  // A provider that broke its word: declined or closed, and charged all the same.
  'declined, failed': { succeeded: ['refund', 'refund_requested', back('payment_declined')] }
}

for (const [standing, lead] of Object.entries(standings)) {
  t.test(`an order that is ${standing} takes each outcome of its payment once`, async (t) => {
    const sql = await shop(t)
    for (const outcome of ['succeeded', 'failed', 'given_up'] as const) {
      const [product] = await stockUp(sql, [10])
      const order = newOrder([line(product!, 2)])
      await place(sql, [order])
      await lead(sql, order.id)
      const before = await stateOf(sql, order.id)
      t.ok(standing.endsWith(before.payment), before.payment)

      const [answer, event, change] = cells[standing]?.[outcome] ?? ['kept', null, {}]
      t.same(await finish(sql, [{ order: order.id, outcome }]), [answer], `${outcome}: ${answer}`)
      const after = { ...before, ...change, events: [...before.events, ...(event ? [event] : [])] }
      t.same(await stateOf(sql, order.id), after)

      t.same(await finish(sql, [{ order: order.id, outcome }]), ['kept'], 'and again: kept')
      t.same(await stateOf(sql, order.id), after)
    }
    await checkLedger(t, sql)
  })
}

t.test('finish_orders ends a reservation with the status that the reason implies', async (t) => {
  const sql = await shop(t)
  const [product] = await stockUp(sql, [10])
  for (const [reason, hold] of [
    ['payment_failed', 'released'],
    ['expired', 'expired']
  ] as const) {
    const order = newOrder([line(product!)])
    await place(sql, [order])
    await finish(sql, [{ order: order.id, outcome: 'failed', reason }])
    t.match(await stateOf(sql, order.id), { reason, hold, payment: 'failed' })
  }
})

function pay(sql: Pool, id: string) {
  return finish(sql, [{ order: id, outcome: 'succeeded' }])
}

function giveUp(sql: Pool, id: string) {
  return finish(sql, [{ order: id, outcome: 'given_up' }])
}

function payment(sql: Pool, id: string, status: string) {
  return sql.query('update payments set status = $2 where order_id = $1', [id, status])
}

async function complete(sql: Pool, id: string) {
  await sql.query("update orders set status = 'completed', version = version + 1 where id = $1", [
    id
  ])
  await sql.query(
    "insert into order_events select id, version, 'completed' from orders where id = $1",
    [id]
  )
}
