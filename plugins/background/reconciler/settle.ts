import type { FastifyInstance } from 'fastify'
import { v5 } from 'uuid'
import type { Charge } from '../../shop/payments/port.ts'
import type { Difference } from './differences.ts'
import { recordReturn } from './queries.ts'

/** What was done about a difference; `left`: a person has to look at it. */
export type Settlement = 'refunded' | 'recorded' | 'cancelled' | 'left'

type Parts = Pick<FastifyInstance, 'checkout' | 'config' | 'db' | 'payments'>

/** The namespace of the ids of refunds that have no row in `refunds`. */
const namespace = '6f9a3c1e-5d0b-4b52-9d4e-0c2f6a7b8e11'

/** Settles what can be settled without a person. Idempotent. */
export async function settleDifference(
  parts: Parts,
  { finding, charge, payment }: Difference,
  cancel_returned: boolean
): Promise<Settlement> {
  if (finding === 'unknown') return refund(parts, charge)
  if (finding === 'unrecorded' && payment) {
    const { reference } = charge
    await parts.checkout.recordOutcome(payment.order_id, { status: 'succeeded', reference })
    return 'recorded'
  }
  if (finding === 'refunds' && payment && cancel_returned && charge.refunded === charge.amount)
    return (await recordReturn(parts.db, payment.order_id)) ? 'cancelled' : 'left'
  return 'left'
}

/** Refunds the rest of a charge. The refund's id is made of the payment's, so that every node makes the same refund. */
async function refund({ payments, config }: Parts, charge: Charge): Promise<Settlement> {
  const { payment_id, amount, refunded, currency } = charge
  const answer = await payments.refund({
    refund_id: v5(payment_id, namespace),
    payment_id,
    amount: amount - refunded,
    currency,
    signal: AbortSignal.timeout(config.PAYMENT_TIMEOUT_MS)
  })
  return answer.status === 'succeeded' ? 'refunded' : 'left'
}
