import type { Line } from '../reservation/index.ts'

export type StoredCart = {
  /** Names the purchase: the cart gets a new id when it was bought. */
  id: string
  version: number
  lines: Line[]
  expires_at: Date
  /** What the stock gate knows of the products for which it was asked: units that can be sold. */
  stock: Map<string, number>
}

/** What show.lua answers. */
export type CartReply = [] | [ttl_ms: number, fields: string[], quantities: (string | null)[]]

/** @param asked the products of the inventory keys, in their order */
export function parseCart(reply: CartReply, asked: string[]): StoredCart | undefined {
  if (reply.length === 0) return undefined
  const [ttl_ms, fields, quantities] = reply
  const { id, version, ...lines } = Object.fromEntries(pairs(fields))
  if (id === undefined) return undefined
  const known = asked.flatMap((product_id, at) => {
    const quantity = quantities[at]
    return quantity == null ? [] : [[product_id, Number(quantity)] as const]
  })
  return {
    id,
    version: Number(version),
    lines: Object.entries(lines).map(([field, units]) => ({
      product_id: field.slice('line:'.length),
      quantity: Number(units)
    })),
    expires_at: new Date(Date.now() + Math.max(ttl_ms, 0)),
    stock: new Map(known)
  }
}

const pairs = (fields: string[]) =>
  fields.flatMap((field, at) => (at % 2 === 0 ? [[field, fields[at + 1]!] as const] : []))
