import { createHash } from 'node:crypto'
import { v7 } from 'uuid'
import type { CheckoutRequest } from './place-order.ts'
import type { PricedLine, Quote } from './quote.ts'

/** An order that is about to be placed. Ids are made before the first try, so that a statement can be run again. */
export type NewOrder = {
  id: string
  number: string
  payment_id: string
  session: string
  /** Where it came from. */
  ip: string
  key: string
  hash: Buffer
  cart_id: string | null
  email: string
  shipping_address: unknown
  total: number
  /** The database's clock when the request first asked it. */
  begun: Date
  lines: PricedLine[]
}

export function newOrder(
  { session, ip, key, body }: CheckoutRequest,
  cart_id: string | null,
  { lines, total }: Quote,
  hash: Buffer,
  begun: Date
): NewOrder {
  const { email, shipping_address } = body
  const id = v7()
  return {
    id,
    number: orderNumber(id),
    payment_id: v7(),
    session,
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

/** What people read out: the last 60 bits of the order's id, which are random, in Crockford's base 32. */
export function orderNumber(order_id: string): string {
  let rest = BigInt(`0x${order_id.replaceAll('-', '').slice(-15)}`)
  let number = ''
  for (let digit = 0; digit < 12; digit++, rest >>= 5n)
    number = crockford[Number(rest & 31n)] + number
  return number
}

/** SHA-256 of a body, whatever the order of its members. */
export const requestHash = (body: unknown) => createHash('sha256').update(canonical(body)).digest()

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_name, member: unknown) =>
    isRecord(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member
  )

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
