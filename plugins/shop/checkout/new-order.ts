import { newId } from '../../lib/ids.ts'
import type { PricedLine, Quote } from './quote.ts'
import type { Attempt } from './request.ts'

/** An order before TX 1. Its ids are made before the first try, so that the statement can be run again with the same. */
export type NewOrder = {
  id: string
  number: string
  payment_id: string
  session: string
  /** What makes requests of other sessions the same purchase; null: nothing does. */
  purchase: string | null
  /** The address of the client that buys it. */
  ip: string
  key: string
  hash: Buffer
  cart_id: string | null
  email: string
  shipping_address: unknown
  total: number
  /** The database's clock when the request first asked it: TX 1 refuses one that took too long. */
  begun: Date
  lines: PricedLine[]
}

/** `cart_id`: the cart that it buys; null: it buys the items of the body. `begun`: NewOrder.begun. */
export function newOrder(
  { session, purchase, ip, key, body, hash }: Attempt,
  { cart_id, begun }: { cart_id: string | null; begun: Date },
  { lines, total }: Quote
): NewOrder {
  const { email, shipping_address } = body
  const id = newId()
  return {
    id,
    number: orderNumber(id),
    payment_id: newId(),
    session,
    // A cart is a purchase by itself, and belongs to one session.
    purchase: (cart_id === null && purchase) || null,
    ip,
    key: key ?? id,
    hash,
    cart_id,
    email,
    shipping_address,
    total,
    begun,
    lines
  }
}

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The number that people read out: the last 60 bits of the order's id, which are random, in Crockford's base 32. */
export function orderNumber(order_id: string): string {
  let rest = BigInt(`0x${order_id.replaceAll('-', '').slice(-15)}`)
  let number = ''
  for (let digit = 0; digit < 12; digit++, rest >>= 5n)
    number = crockford[Number(rest & 31n)] + number
  return number
}
