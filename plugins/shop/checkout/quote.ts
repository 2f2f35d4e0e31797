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

/** What decides whether a product can be bought, and for how much. */
export type Product = {
  id: string
  price: number
  currency: string
  status: 'draft' | 'active' | 'archived'
}

export type PricedLine = Line & { unit_price: number }

export type Quote = { lines: PricedLine[]; total: number; currency: string }

/**
 * What the lines cost, by what the primary said of their products.
 * @throws ProductNotFound, CartLimitExceeded, CurrencyMismatch, and InsufficientStock for what is not for sale any more
 */
export function quote(
  products: ReadonlyMap<string, Product>,
  lines: Line[],
  currency: string
): Quote {
  const tooMany = lines.find(({ quantity }) => quantity > mostUnits)
  if (tooMany)
    throw new CartLimitExceeded(`At most ${mostUnits} units of a product fit into one order.`)

  const withdrawn = lines.filter(({ product_id }) => {
    const product = products.get(product_id)
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

  const priced = lines.map((line) => ({
    ...line,
    unit_price: products.get(line.product_id)!.price
  }))
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
