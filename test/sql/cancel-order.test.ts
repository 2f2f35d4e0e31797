import { randomUUID } from 'node:crypto'
import t from 'tap'
import { checkLedger } from './ledger.ts'
import { askRefund, finishRefunds } from './refunds.ts'
import {
  cancel,
  finish,
  line,
  newOrder,
  place,
  shop,
  stateOf,
  stockOf,
  stockUp
} from './support.ts'

t.test(
  'cancel_order gives the stock of a pending order back and leaves its payment to the resolver',
  async (t) => {
    const sql = await shop(t)
    const [product] = await stockUp(sql, [10])
    const order = newOrder([line(product!, 3)])
    await place(sql, [order])
    t.equal(await cancel(sql, order.id), 'cancelled')
    t.match(await stateOf(sql, order.id), {
      status: 'cancelled',
      reason: 'customer',
      hold: 'released',
      payment: 'unknown',
      captured: 0,
      refunds: [],
      stock: [[10, 0]],
      events: ['placed', 'cancelled']
    })
    const due = await sql.query('select from payments where check_at <= clock_timestamp()')
    t.equal(due.rowCount, 1, 'the resolver looks at once')
    await checkLedger(t, sql)
  }
)

t.test('cancel_order gives stock and money of a confirmed order back', async (t) => {
  const sql = await shop(t)
  const [product] = await stockUp(sql, [10])
  const order = newOrder([line(product!, 3)])
  await place(sql, [order])
  await finish(sql, [{ order: order.id, outcome: 'succeeded' }])
  t.equal(await cancel(sql, order.id), 'cancelled')
  t.match(await stateOf(sql, order.id), {
    status: 'cancelled',
    hold: 'committed',
    payment: 'refund_pending',
    captured: 300,
    refunds: [['300', 'customer', 'pending']],
    open: true,
    stock: [[10, 0]],
    events: ['placed', 'confirmed', 'cancelled']
  })
  await checkLedger(t, sql)
})

t.test('cancel_order does not restock goods that are not to be sold again', async (t) => {
  const sql = await shop(t)
  const [product] = await stockUp(sql, [10])
  const order = newOrder([line(product!, 3)])
  await place(sql, [order])
  await finish(sql, [{ order: order.id, outcome: 'succeeded' }])
  t.equal(await cancel(sql, order.id, false), 'cancelled')
  t.same(await stockOf(sql, [product!]), [[7, 0, 2]])
  await checkLedger(t, sql)
})

t.test('cancel_order requests a refund of what was not refunded before', async (t) => {
  const sql = await shop(t)
  const [product] = await stockUp(sql, [10])
  const orders = [100, 100, 300].map(() => newOrder([line(product!, 3)]))
  await place(sql, orders)
  const [done, asked, whole] = orders.map(({ id }) => id) as [string, string, string]
  await finish(
    sql,
    [done, asked, whole].map((order) => ({ order, outcome: 'succeeded' }))
  )
  await askRefund(sql, done, 100)
  await finishRefunds(sql, done)
  await askRefund(sql, asked, 100)
  await askRefund(sql, whole, 300)

  for (const id of [done, asked, whole]) {
    t.equal(await cancel(sql, id), 'cancelled')
    await finishRefunds(sql, id)
    t.match(await stateOf(sql, id), {
      payment: 'refunded',
      captured: 300,
      refunded: 300,
      open: false
    })
  }
  await checkLedger(t, sql)
})

t.test('cancel_order changes no order that is sent, completed, cancelled or unknown', async (t) => {
  const sql = await shop(t)
  const [product] = await stockUp(sql, [10])
  const [sent, completed, cancelled] = [1, 2, 3].map(() => newOrder([line(product!)]))
  await place(sql, [sent!, completed!, cancelled!])
  await finish(
    sql,
    [sent!, completed!].map(({ id }) => ({ order: id, outcome: 'succeeded' }))
  )
  await sql.query("update orders set fulfillment_status = 'partially_fulfilled' where id = $1", [
    sent!.id
  ])
  await sql.query("update orders set status = 'completed' where id = $1", [completed!.id])
  await cancel(sql, cancelled!.id)
  for (const { id } of [sent!, completed!, cancelled!]) {
    const before = await stateOf(sql, id)
    t.equal(await cancel(sql, id), 'kept')
    t.same(await stateOf(sql, id), before)
  }
  t.equal(await cancel(sql, randomUUID()), 'kept')
})

t.test(
  'an order is cancelled once, and a charge that succeeds meanwhile is refunded',
  async (t) => {
    const sql = await shop(t, 8)
    const [product] = await stockUp(sql, [1_000])
    const batch = Array.from({ length: 40 }, () => newOrder([line(product!)]))
    await place(sql, batch)
    const ways = new Set<string>()
    for (const { id } of batch) {
      const [one, other, [paid]] = await Promise.all([
        cancel(sql, id),
        cancel(sql, id),
        finish(sql, [{ order: id, outcome: 'succeeded' }])
      ])
      t.same([one, other].toSorted(), ['cancelled', 'kept'])
      ways.add(paid!)
      t.match(await stateOf(sql, id), {
        status: 'cancelled',
        payment: 'refund_pending',
        refunds: [['100']]
      })
    }
    t.ok(
      [...ways].every((paid) => ['confirmed', 'refund'].includes(paid)),
      [...ways].join()
    )
    t.match(await stockOf(sql, [product!]), [[1_000, 0]])
    await checkLedger(t, sql)
  }
)
