import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { until, environmentOf } from './build.ts'
import { checkLedger } from '../sql/ledger.ts'

/** `t.test` for a shop: after the test everything must end, and the ledger must be right. */
export const consistently =
  (t: Test, node: FastifyInstance) => (name: string, body: (t: Test) => Promise<unknown>) =>
    t.test(name, async (t) => {
      await body(t)
      await assertConsistent(t, node)
    })

/** Waits until no order or payment is open, not for leases and backoffs, then checks our ledger and the provider's. */
export async function assertConsistent(t: Test, node: FastifyInstance, ms = 20_000): Promise<void> {
  const { sql } = environmentOf(node)
  await until(
    'every order and payment to end',
    async () => {
      await sql.query('update payments set check_at = now() where check_at > now()')
      const { rows } = await sql.query(
        `select from orders join payments on order_id = orders.id
         where orders.status = 'pending' or check_at is not null`
      )
      return rows.length === 0
    },
    ms
  )
  await checkLedger(t, sql)
  await checkMoney(t, node)
}

/** The provider's charges and refunds are those of the orders, and no charge is without an order. */
async function checkMoney(t: Test, node: FastifyInstance): Promise<void> {
  const { rows } = await environmentOf(node).sql.query(
    'select id as payment_id, captured, refunded from payments where captured > 0'
  )
  const charges = []
  for await (const { payment_id, amount, refunded } of node.payments.list(new Date(0)))
    if (amount > 0) charges.push({ payment_id, captured: amount, refunded })
  t.same(charges.toSorted(byId), rows.toSorted(byId), 'the money is where the orders are')
}

const byId = (a: { payment_id: string }, b: { payment_id: string }) =>
  a.payment_id < b.payment_id ? -1 : 1
