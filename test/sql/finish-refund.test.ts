import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import t from 'tap'
import { checkLedger } from './ledger.ts'
import { answers, pileUp } from './crowd.ts'
import { askRefund, finishRefund } from './refunds.ts'
import { finish, line, newOrder, place, shop, stateOf, stockUp } from './support.ts'

t.test('finish_refund records a refund once, however many callers bring it', async (t) => {
  const sql = await shop(t, 8)
  const order = await paidOrder(sql)
  const refund = await askRefund(sql, order, 300)
  const written = await Promise.all(Array.from({ length: 8 }, () => finishRefund(sql, refund)))
  t.equal(written.filter(Boolean).length, 1)
  t.match(await stateOf(sql, order), {
    status: 'confirmed',
    payment: 'refunded',
    refunded: 300,
    open: false,
    refunds: [['300', 'damaged', 'succeeded']],
    events: ['placed', 'confirmed', 'refund_requested', 'refunded']
  })
  await checkLedger(t, sql)
})

t.test('a refund stays pending until its last part has succeeded', async (t) => {
  const sql = await shop(t)
  const order = await paidOrder(sql)
  const [first, second] = [await askRefund(sql, order, 100), await askRefund(sql, order, 50)]
  t.equal(await finishRefund(sql, second), true)
  t.match(await stateOf(sql, order), { payment: 'refund_pending', refunded: 50, open: true })
  t.equal(await finishRefund(sql, first), true)
  t.match(await stateOf(sql, order), { payment: 'partially_refunded', refunded: 150, open: false })
  const rest = await askRefund(sql, order, 150)
  t.equal(await finishRefund(sql, rest), true)
  t.match(await stateOf(sql, order), { payment: 'refunded', refunded: 300, open: false })
  await checkLedger(t, sql)
})

t.test('finish_refund adds up parts that succeed at the same time', async (t) => {
  const sql = await shop(t, 8)
  const order = await paidOrder(sql)
  const refunds: string[] = []
  for (let part = 0; part < 6; part++) refunds.push(await askRefund(sql, order, 50))
  const hold = 'select 1 from payments where order_id = $1 for update'
  const calls = refunds.map((refund) => () => finishRefund(sql, refund))
  t.same(answers(await pileUp(sql, [hold, order], calls)), Array(6).fill(true))
  t.match(await stateOf(sql, order), { payment: 'refunded', refunded: 300, open: false })
  await checkLedger(t, sql)
})

t.test('finish_refund answers that it does not know a refund that was not requested', async (t) => {
  const sql = await shop(t)
  t.equal(await finishRefund(sql, randomUUID()), false)
})

/** An order of 300. */
async function paidOrder(sql: Pool): Promise<string> {
  const [product] = await stockUp(sql, [10])
  const { id, ...order } = newOrder([line(product!, 3)])
  await place(sql, [{ id, ...order }])
  await finish(sql, [{ order: id, outcome: 'succeeded' }])
  return id
}
