import { canonicalJson, sha256 } from '../../lib/canonical.ts'
import { inProductOrder, sumLines } from '../cart/lines.ts'
import type { OrderState } from './order.ts'
import type { Attempt, CheckoutBody, CheckoutRequest } from './request.ts'

/** The request as the checkout works on it. */
export function attemptOf({
  session,
  is_new_session,
  sessionOfPurchase,
  ...request
}: CheckoutRequest): Attempt {
  const hash = requestHash(request.body)
  const purchase = request.body.items && sessionOfPurchase(hash)
  return {
    ...request,
    session: is_new_session && purchase ? purchase : session,
    purchase,
    hash
  }
}

/**
 * SHA-256 of a purchase. Bodies that mean the same purchase have the same hash: the order of members and items does not
 * matter, nor do ids in capitals, one product in two items, an address without members, and a default that is left out.
 */
export function requestHash({ items, shipping_address, ...rest }: CheckoutBody): Buffer {
  const address = shipping_address && Object.keys(shipping_address).length > 0 && shipping_address
  const purchase = {
    ...rest,
    ...(address && { shipping_address: address }),
    ...(items && { items: inProductOrder(sumLines(items)) })
  }
  // The version keeps hashes of this form apart from those of the form below.
  return sha256(`2 ${canonicalJson(purchase)}`)
}

/** Whether an order was placed for the same purchase as this request. */
export const isSamePurchase = (
  { request_hash, age_seconds }: Pick<OrderState, 'request_hash' | 'age_seconds'>,
  attempt: Pick<Attempt, 'hash' | 'body' | 'sent'>
) =>
  request_hash.equals(attempt.hash) ||
  (age_seconds < daySeconds && request_hash.equals(formerHash(attempt)))

const daySeconds = 24 * 60 * 60

/**
 * The hash that version 0.1.0 made of a body as it was sent, with the default token in a payment without one. A repeat of a
 * request that a node of that version has answered finds its order.
 */
function formerHash({ sent, body }: Pick<Attempt, 'body' | 'sent'>): Buffer {
  const { payment, ...rest } = (sent ?? body) as Partial<CheckoutBody>
  return sha256(canonicalJson({ ...rest, ...(payment && { payment: body.payment }) }))
}
