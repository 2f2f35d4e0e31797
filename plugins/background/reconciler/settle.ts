import type { FastifyInstance } from 'fastify'
import type { Difference } from './differences.ts'
import { recordReturn } from './queries.ts'

/**
 * What was done about a difference. pending: the provider has accepted a refund and not made it yet; left: an operator has to
 * look at it.
 */
export type Settlement = 'refunded' | 'pending' | 'recorded' | 'cancelled' | 'left'

type Parts = Pick<FastifyInstance, 'checkout' | 'db'>

/** Settles what can be settled without an operator and without moving money. Idempotent. */
export async function settleDifference(
  parts: Parts,
  { finding, charge, payment }: Difference,
  cancel_returned: boolean
): Promise<Settlement> {
  if (finding === 'unrecorded' && payment) {
    const { reference } = charge
    await parts.checkout.recordOutcome(payment.order_id, { status: 'succeeded', reference })
    return 'recorded'
  }
  if (finding === 'refunds' && payment && cancel_returned && charge.refunded === charge.amount)
    return (await recordReturn(parts.db, payment.order_id)) ? 'cancelled' : 'left'
  return 'left'
}
