import type { Reader } from '../../../sql/types.ts'
import {
  CartChanged,
  CartLimitExceeded,
  CurrencyMismatch,
  detailed,
  InsufficientStock,
  ProductNotFound
} from '../../kernel/errors/problems.ts'
import { mostUnits } from '../cart/limits.ts'
import { totalOf } from '../cart/total.ts'
import type { Line } from '../reservation/index.ts'

export type PricedLine = Line & { unit_price: number }

export type Quote = { lines: PricedLine[]; total: number; currency: string }

/**
 * What the lines cost now. Read from the primary.
 * @throws ProductNotFound, CartLimitExceeded, CurrencyMismatch, and InsufficientStock for what is not for sale any more
 */
export async function quote(db: Reader, lines: Line[], currency: string): Promise<Quote> {
  const tooMany = lines.find(({ quantity }) => quantity > mostUnits)
  if (tooMany)
    throw new CartLimitExceeded(`At most ${mostUnits} units of a product fit into one order.`)

  const products = await db
    .selectFrom('products')
    .select(['id', 'price', 'currency', 'status'])
    .where(
      'id',
      'in',
      lines.map(({ product_id }) => product_id)
    )
    .execute()
  const found = new Map(products.map((product) => [product.id, product]))

  const withdrawn = lines.filter(({ product_id }) => {
    const product = found.get(product_id)
    if (!product) throw new ProductNotFound(product_id)
    // The shop has changed its currency, and has not repriced this product.
    if (product.currency !== currency) throw new CurrencyMismatch(currency)
    return product.status !== 'active'
  })
  if (withdrawn.length > 0) {
    const items = withdrawn.map(({ product_id, quantity }) => ({
      product_id,
      requested: quantity,
      available: 0
    }))
    throw detailed(new InsufficientStock(), { members: { items } })
  }

  const priced = lines.map((line) => ({ ...line, unit_price: found.get(line.product_id)!.price }))
  return { lines: priced, total: totalOf(priced), currency }
}

/** @throws CartChanged unless the total is the one that the buyer was shown */
export function checkTotal(
  { total, currency }: Quote,
  expected: { amount: number; currency: string } | undefined
) {
  if (!expected) return
  if (expected.currency !== currency) throw new CurrencyMismatch(currency)
  if (expected.amount !== total) throw cartChanged({ total: expected.amount, currency }, total)
}

/** The total was that of the quote, and is another one now. */
export const cartChanged = ({ total, currency }: Pick<Quote, 'total' | 'currency'>, now: number) =>
  detailed(new CartChanged(), {
    members: { expected: { amount: total, currency }, actual: { amount: now, currency } }
  })
