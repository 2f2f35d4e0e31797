import type { FastifyInstance } from 'fastify'
import { v5 } from 'uuid'
import type { Charge } from '../../shop/payments/port.ts'
import type { Difference } from './differences.ts'
import { recordReturn } from './queries.ts'

/** What was done about a difference; `left`: nothing could be, somebody has to look. */
export type Settlement = 'refunded' | 'recorded' | 'cancelled' | 'left'

/** Names of the refunds that no row promised. */
const namespace = '6f9a3c1e-5d0b-4b52-9d4e-0c2f6a7b8e11'

/** Puts right what can be put right without a person. Twice does no harm. */
export async function settle(
  fastify: FastifyInstance,
  { finding, charge, books }: Difference,
  cancel_returned = false
): Promise<Settlement> {
  if (finding === 'unknown') return giveBack(fastify, charge)
  if (finding === 'unrecorded' && books) {
    const { reference } = charge
    await fastify.checkout.recordOutcome(books.order_id, { status: 'succeeded', reference })
    return 'recorded'
  }
  if (finding === 'refunds' && books && cancel_returned && charge.refunded === charge.amount)
    return (await recordReturn(fastify.db, books.order_id)) ? 'cancelled' : 'left'
  return 'left'
}

/** The money of an order that is not there. Its refund's id is made of the payment's, so that all who find it make one. */
async function giveBack(fastify: FastifyInstance, charge: Charge): Promise<Settlement> {
  const { payment_id, amount, refunded, currency } = charge
  const answer = await fastify.payments.refund({
    refund_id: v5(payment_id, namespace),
    payment_id,
    amount: amount - refunded,
    currency,
    signal: AbortSignal.timeout(fastify.config.PAYMENT_TIMEOUT_MS)
  })
  return answer.status === 'succeeded' ? 'refunded' : 'left'
}
