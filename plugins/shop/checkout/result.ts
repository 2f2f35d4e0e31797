import { CheckoutInProgress, detailed, PaymentDeclined } from '../../kernel/errors/problems.ts'
import type { OrderState } from './queries.ts'

/** A checkout that has an order to show: paid, or the provider's answer is not known yet. */
export type Placed = {
  order_id: string
  /** The order was there before this request. */
  replayed: boolean
}

/**
 * What a request is answered from an order, whoever placed it.
 * @throws CheckoutInProgress while its own request is at work, PaymentDeclined when it ended unpaid
 */
export function answerFrom(order: OrderState, replayed: boolean): Placed {
  const { id, status, confirmed_at, payment_status } = order
  if (status === 'cancelled' && !confirmed_at)
    throw declined(id, order.failure_code ?? order.cancel_reason, replayed)
  if (status === 'pending' && payment_status === 'processing' && !isDue(order))
    throw inProgress(order)
  return { order_id: id, replayed }
}

/** Its request died, or the resolver is late: whoever comes by may end it. */
export const isDue = ({ check_in_seconds }: OrderState) =>
  check_in_seconds !== null && check_in_seconds <= 0

export function inProgress({ check_in_seconds }: Pick<OrderState, 'check_in_seconds'>) {
  const seconds = Math.max(1, Math.ceil(check_in_seconds ?? 1))
  return detailed(new CheckoutInProgress(), { headers: { 'retry-after': seconds } })
}

/** Cancelled before it was paid, and why. */
export const declined = (order_id: string, decline_code: string | null, replayed: boolean) =>
  detailed(new PaymentDeclined(), {
    members: { order_id, decline_code },
    headers: replayed ? { 'idempotency-replayed': 'true' } : {}
  })
