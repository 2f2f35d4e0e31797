import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { buyer, unitsOf, type Answer } from '../support/buyer.ts'
import { until, environmentOf } from '../support/build.ts'

/*
 * Moves time without waiting, and reads the state of a shop from its databases.
 */

/** Every open payment is due now. */
export const allDue = (node: FastifyInstance) =>
  environmentOf(node).sql.query('update payments set check_at = now() where check_at is not null')

/** No open payment is due for an hour. */
export const neverDue = (node: FastifyInstance) =>
  environmentOf(node).sql.query(
    `update payments set check_at = now() + interval '1 h' where check_at is not null`
  )

/** Every pending order is older than a second. */
export const comeOfAge = (node: FastifyInstance) =>
  until('orders to come of age', async () => {
    const { rows } = await environmentOf(node).sql.query(
      `select from orders where status = 'pending' and created_at > clock_timestamp() - interval '1 s'`
    )
    return rows.length === 0
  })

/** Ends everything, by what a resolver does every second. */
export const endAll = (node: FastifyInstance) =>
  until('everything to end', async () => {
    await allDue(node)
    return (await node.checkout.resolveDue(32)) === 0
  })

/** A buyer who asks until it is over; no lease and no backoff is waited for. */
export const insist = (node: FastifyInstance, ask: () => Promise<Answer>) =>
  until('an answer', async () => {
    const answer = await ask()
    await allDue(node)
    const { code } = answer.body
    const open = answer.status === 202 || code === 'checkout_in_progress' || code === 'overloaded'
    return !open && answer
  })

export type OrderRow = {
  id: string
  session_id: string
  status: string
  confirmed_at: Date | null
  cancel_reason: string | null
  payment_id: string
  product_id: string
}

export async function ordersIn(node: FastifyInstance): Promise<OrderRow[]> {
  const { rows } = await environmentOf(node).sql.query<OrderRow>(
    `select orders.id, session_id, orders.status, confirmed_at, cancel_reason, payments.id as payment_id, product_id
     from orders join payments on payments.order_id = orders.id join order_items on order_items.order_id = orders.id
     order by orders.id`
  )
  return rows
}

/** Payments that the provider has charged. */
export async function chargedAt({ payments }: FastifyInstance): Promise<Set<string>> {
  const charged = new Set<string>()
  for await (const { payment_id, amount } of payments.list(new Date(0)))
    if (amount > 0) charged.add(payment_id)
  return charged
}

/**
 * When the holds of dead processes are over (30 s, which are not waited for) and its numbers are older than a second, the
 * gate lets through what PostgreSQL has, to the last unit; and then it says the same as PostgreSQL.
 */
export async function checkGate(t: Test, node: FastifyInstance, product_id: string, about: string) {
  const { redis, reservation } = node
  const holds = `inventory_lock:{${product_id}}`
  await until('the holds to be over', async () => {
    for (const hold of await redis.zrange(holds, '0', '-1')) await redis.zadd(holds, '0', hold)
    return true
  })

  const [[left]] = (await unitsOf(node, product_id)) as [[number, number]]
  const bob = buyer(node)
  if (left > 0)
    await until(`${left} units to be for sale: ${about}`, async () => {
      return (await bob.buy([{ product_id, quantity: left }])).status === 201
    })
  t.equal((await bob.buy([{ product_id, quantity: 1 }])).body.code, 'insufficient_stock', about)
  t.equal((await reservation.available([product_id])).get(product_id), 0, `the gate: ${about}`)
  await until(`no hold: ${about}`, async () => {
    return (await redis.hget(`inventory:{${product_id}}`, 'pending')) === '0'
  })
}
