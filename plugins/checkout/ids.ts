import { createHash } from 'node:crypto'

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
