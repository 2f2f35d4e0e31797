import { CheckoutInProgress, detailed, PaymentDeclined } from '../../kernel/errors/problems.ts'
import type { OrderState } from './order.ts'

/**
 * What a checkout is answered with: an order that is paid (`confirmed_at`), or whose payment has an unknown outcome.
 * Every other end of a checkout is a problem, and thrown.
 */
export type CheckoutResult = Placed | Replayed

/** This request placed the order. */
export type Placed = { kind: 'placed'; order: OrderState }

/** The order was there before this request. */
export type Replayed = { kind: 'replayed'; order: OrderState }

/**
 * How a request is answered from an order, whichever request placed it.
 * @throws CheckoutInProgress while the request that placed it is at work, PaymentDeclined when it ended unpaid
 */
export function resultOf<Kind extends CheckoutResult['kind']>(kind: Kind, order: OrderState) {
  const { status, confirmed_at, payment_status } = order
  if (status === 'cancelled' && !confirmed_at) throw declined(order, kind)
  if (status === 'pending' && payment_status === 'processing' && !isDue(order))
    throw inProgress(order)
  return { kind, order }
}

/** The request that placed it died, or the resolver is late: any request may resolve it. */
export const isDue = ({ check_in_seconds }: OrderState) =>
  check_in_seconds !== null && check_in_seconds <= 0

/** The client is told to ask again when the payment is due. */
export function inProgress({ check_in_seconds }: Pick<OrderState, 'check_in_seconds'>) {
  const seconds = Math.max(1, Math.ceil(check_in_seconds ?? 1))
  return detailed(new CheckoutInProgress(), { headers: { 'retry-after': seconds } })
}

/** Cancelled before it was paid, and why. */
const declined = (
  { id, session_id, failure_code, cancel_reason }: OrderState,
  kind: CheckoutResult['kind']
) =>
  detailed(new PaymentDeclined(), {
    session: session_id,
    members: { order_id: id, decline_code: failure_code ?? cancel_reason },
    headers: kind === 'replayed' ? { 'idempotency-replayed': 'true' } : {}
  })
