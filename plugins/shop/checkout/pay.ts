import type { FastifyInstance } from 'fastify'
import type { Left } from '../reservation/left.ts'
import { afterPayment, settleTaken } from './after-commit.ts'
import type { NewOrder } from './new-order.ts'
import { charge, record } from './payment.ts'
import type { Resolve } from './resolve.ts'
import { resultOf, type Placed } from './result.ts'

/** What the payment of an order touches. */
export type PayNeeds = Resolve &
  Pick<FastifyInstance, 'pendingOrderLimit' | 'unpaidOrderLimit' | 'shop' | 'epoch'>

/**
 * Charges a placed order while the gate drops its hold, then records the outcome (TX 2).
 * @param taken the stock that TX 1 has left
 */
export async function pay(
  fastify: PayNeeds,
  order: NewOrder,
  taken: Left,
  token = ''
): Promise<Placed> {
  const { id: order_id, number, payment_id, total: amount, lines } = order
  const currency = fastify.config.HOLDFAST_CURRENCY
  const { checkoutMetrics: counts, orderBatches } = fastify
  const metadata = { order_id, order_number: number }
  const [outcome] = await Promise.all([
    counts.timed('charge', () =>
      charge(fastify, order_id, { payment_id, amount, currency, token, metadata })
    ),
    settleTaken(fastify, order_id, lines, taken)
  ])

  const { end, left } = await counts.timed('tx2', () => record(fastify, order_id, outcome))
  counts.paid(end)
  counts.ended(end, lines)
  const { order: paid, lsn } = await orderBatches.after(order_id)
  await afterPayment(fastify, order, paid, left)
  return { ...resultOf('placed', paid), lsn }
}
