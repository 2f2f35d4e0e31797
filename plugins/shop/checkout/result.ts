import {
  CheckoutInProgress,
  detailed,
  PaymentDeclined,
  PaymentFailed
} from '../../kernel/errors/problems.ts'
import type { Lsn } from '../../storage/lsn.ts'
import type { OrderState } from './order.ts'

/**
 * What a checkout is answered with: an order that is paid (`confirmed_at`), or whose payment has an unknown outcome.
 * Every other end of a checkout is a problem, and thrown.
 */
export type CheckoutResult = Placed | Replayed

/** This request placed the order. */
export type Placed = { kind: 'placed'; order: OrderState; lsn: Lsn }

/** The order was there before this request. */
export type Replayed = { kind: 'replayed'; order: OrderState }

/**
 * How a request is answered from an order, whichever request placed it.
 * @throws CheckoutInProgress while the request that placed it is at work, PaymentDeclined or PaymentFailed when it ended
 * unpaid
 */
export function resultOf<Kind extends CheckoutResult['kind']>(kind: Kind, order: OrderState) {
  const { status, confirmed_at, payment_status } = order
  if (status === 'cancelled' && !confirmed_at) throw unpaid(order, kind)
  if (status === 'pending' && payment_status === 'processing' && !isDue(order))
    throw inProgress(order)
  return { kind, order }
}

/** The request that placed it died, or the resolver is late: any request may resolve it. */
export const isDue = ({ check_in_seconds }: OrderState) =>
  check_in_seconds !== null && check_in_seconds <= 0

/** The purchase is being worked on: by the request that placed this order, or by one whose order cannot be seen yet. */
export const inProgress = (order?: OrderState) =>
  detailed(new CheckoutInProgress(), { headers: { 'retry-after': order ? waitFor(order) : 1 } })

/** Most providers have decided a payment after so many seconds. */
const usualSeconds = 3

/** After how many seconds there is probably an answer: when the provider has decided, or when the resolver looks again. */
function waitFor({ payment_status, age_seconds, check_in_seconds }: OrderState) {
  const due = check_in_seconds ?? 0
  const usual = age_seconds < usualSeconds ? usualSeconds - age_seconds : 2
  return Math.max(1, Math.ceil(payment_status === 'processing' ? Math.min(usual, due) : due))
}

/** Cancelled before it was paid, and why. */
const unpaid = (order: OrderState, kind: CheckoutResult['kind']) =>
  detailed(wasClosed(order) ? new PaymentFailed() : new PaymentDeclined(), {
    session: order.session_id,
    members: { order_id: order.id, decline_code: order.failure_code ?? order.cancel_reason },
    headers: kind === 'replayed' ? { 'idempotency-replayed': 'true' } : {}
  })

/** The payment was closed before the provider had decided it, since its request was cut off or the reservation expired. */
const wasClosed = ({ payment_status, failure_code, cancel_reason }: OrderState) =>
  payment_status === 'failed' &&
  failure_code === null &&
  (cancel_reason === 'payment_failed' || cancel_reason === 'expired')
