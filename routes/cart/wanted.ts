import { canonicalJson, sha256 } from '../../plugins/lib/canonical.ts'
import type { Once } from '../../plugins/shop/cart/change.ts'
import { inProductOrder, sumLines } from '../../plugins/shop/cart/lines.ts'
import type { Line } from '../../plugins/shop/reservation/index.ts'
import type { NewCartItems } from './schema.ts'

/** A line that a client asks for, and where in its body it names the product. */
export type Wanted = Line & { pointer?: string }

/** The lines of a body, each product once, at the place of its first item. The schema says that there is one product, or items. */
export function wantedLines({ product_id, quantity, items }: NewCartItems): Wanted[] {
  return sumLines(items ?? [{ product_id: product_id!, quantity: quantity! }]).map((line) => ({
    ...line,
    pointer: items ? pointerTo(items, line) : '#/product_id'
  }))
}

const pointerTo = (items: Line[], { product_id }: Line) =>
  `#/items/${items.findIndex((item) => item.product_id.toLowerCase() === product_id)}/product_id`

const day_ms = 24 * 60 * 60 * 1000
/** Longer than a node hangs that then goes on with what another node has done meanwhile. */
const hang_ms = 60_000

/**
 * What makes a repeat of a request: its key, and a hash of its lines that does not depend on how they are written. A request
 * without a key has one of the proxy, which sends it to another node when the first gives no answer.
 */
export function onceOf(headers: Keys, lines: Line[]): Once | undefined {
  const key = headers['idempotency-key'] ?? headers['x-proxy-key']?.toString()
  if (key === undefined) return undefined
  const hash = sha256(canonicalJson(inProductOrder(sumLines(lines)))).toString('base64url')
  return { key, hash, kept_ms: headers['idempotency-key'] === undefined ? hang_ms : day_ms }
}

type Keys = { 'idempotency-key'?: string; 'x-proxy-key'?: string | string[] | undefined }
