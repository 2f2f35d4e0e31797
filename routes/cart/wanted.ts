import { wrongMembers } from '../../plugins/kernel/errors/faults.ts'
import { canonicalJson, sha256 } from '../../plugins/lib/canonical.ts'
import type { Once } from '../../plugins/shop/cart/change.ts'
import { inProductOrder, sumLines } from '../../plugins/shop/cart/lines.ts'
import type { Line } from '../../plugins/shop/reservation/index.ts'
import type { NewCartItems } from './schema.ts'

/** A line that a client asks for, and where in its body it names the product. */
export type Wanted = Line & { pointer?: string }

/**
 * The lines of a body, each product once, at the place of its first item.
 * @throws ValidationFailed unless the body has either one product or items
 */
export function wantedLines({ product_id, quantity, items }: NewCartItems): Wanted[] {
  const detail = items ? 'is not taken beside items' : 'is required'
  const [first, ...more] = Object.entries({ product_id, quantity })
    .filter(([, value]) => (value === undefined) === (items === undefined))
    .map(([name]) => ({ pointer: `#/${name}`, detail }))
  if (first) throw wrongMembers(first, ...more)
  return sumLines(items ?? [{ product_id: product_id!, quantity: quantity! }]).map((line) => ({
    ...line,
    pointer: items ? pointerTo(items, line) : '#/product_id'
  }))
}

const pointerTo = (items: Line[], { product_id }: Line) =>
  `#/items/${items.findIndex((item) => item.product_id.toLowerCase() === product_id)}/product_id`

/** What makes a repeat of a request: its key, and a hash of its lines that does not depend on how they are written. */
export const onceOf = (key: string | undefined, lines: Line[]): Once | undefined =>
  key === undefined
    ? undefined
    : { key, hash: sha256(canonicalJson(inProductOrder(sumLines(lines)))).toString('base64url') }
