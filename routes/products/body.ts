import { createHash } from 'node:crypto'
import { fillSlots, slot, type Text } from '../../plugins/storage/cache/text.ts'
import type { ProductText } from './queries.ts'

/* The text of a product has a slot for its stock, which is live and never cached. */

export const productText = (product: ProductText) =>
  `${JSON.stringify(product).slice(0, -1)}${slot(product.id)}}`

export const listText = (products: ProductText[], page: object) =>
  `{"products":[${products.map(productText).join()}],"page":${JSON.stringify(page)}}`

/**
 * The finished body with this stock, a quantity for each id of the text, and its ETag. The last one that was made of the text is
 * answered again while the stock is the same.
 */
export function finish(text: Text, stock: number[]) {
  const made = text.finished
  if (made && isSame(made.numbers, stock)) return made
  const json = fillSlots(text.json, (at) => stockMembers(stock[at]!))
  const body = json.length < mostAsText ? json : Buffer.from(json)
  return (text.finished = { numbers: stock, body, etag: etagOf(text, stock, json) })
}

/**
 * Node encodes a text anew each time it sends it: 65 KB of listing took 420 us so, and 70 us as bytes. A short text is cheaper
 * than bytes: it leaves in one piece with the headers.
 */
const mostAsText = 4096

/** Without its slots: only for what does not depend on stock. */
export const parse = ({ json }: Text) => JSON.parse(fillSlots(json, () => '')) as ProductText

const stockMembers = (quantity: number) => `,"quantity":${quantity},"in_stock":${quantity > 0}`

/** The tag names the text, so it names the body together with the stock. A text that is not cached has no tag. */
function etagOf({ tag, ids }: Text, stock: number[], body: string): string {
  if (tag === undefined) return `"${hashOf(body)}"`
  return `"${tag}.${ids.length === 1 ? stock[0] : hashOf(stock.join())}"`
}

const hashOf = (text: string) => createHash('sha1').update(text).digest('base64url')

const isSame = (one: number[], other: number[]) =>
  one === other || one.every((number, at) => number === other[at])
