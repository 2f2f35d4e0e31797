import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { until, environmentOf } from './build.ts'
import { checkLedger } from '../sql/ledger.ts'

/** `t.test` for a shop: whatever a test has done, everything ends and the books are right. */
export const consistently =
  (t: Test, node: FastifyInstance) => (name: string, body: (t: Test) => Promise<unknown>) =>
    t.test(name, async (t) => {
      await body(t)
      await assertConsistent(t, node)
    })

/** Waits until nothing is open any more (but for no lease and no backoff), then checks the books, and that the provider's are the same. */
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

/** What the provider has taken and given back is what the orders say; a charge without an order is nowhere. */
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
