import type { FastifyInstance } from 'fastify'
import { CheckoutInProgress, detailed } from '../../plugins/kernel/errors/problems.ts'
import { cartState, type CartChange, type ChangedLine } from '../../plugins/shop/cart/change.ts'
import type { StoredCart } from '../../plugins/shop/cart/index.ts'
import { totalOf } from '../../plugins/shop/cart/total.ts'
import type { FoundProduct } from '../../plugins/shop/product-lookup.ts'
import { notForSale, refusalOf } from './refusals.ts'
import type { Wanted } from './wanted.ts'

type Shop = Pick<FastifyInstance, 'carts' | 'findProducts' | 'reservation'>

type WantedChange = Pick<CartChange, 'mode' | 'once'> & { lines: Wanted[] }

type Changed = {
  /** Whether an earlier request has made the change with the same key. */
  is_repeat: boolean
  cart: StoredCart | undefined
  /** Products of the cart and of the change. */
  products: FoundProduct[]
}

/**
 * Puts products into a cart, all or none.
 * @throws ProductNotFound, InsufficientStock, CartLimitExceeded, IdempotencyKeyReused
 */
export async function changeCart(
  fastify: Shop,
  session: string,
  { mode, lines: wanted, once }: WantedChange
): Promise<Changed> {
  const { carts, findProducts } = fastify
  const had = carts.recall(session)
  const ids = wanted.map(({ product_id }) => product_id)
  const products = await findProducts([...new Set([...ids, ...had])])
  const sold = new Set(products.flatMap(({ id, status }) => (status === 'active' ? [id] : [])))
  const unsold = wanted.filter(({ product_id }) => !sold.has(product_id))
  // A repeat is answered whatever has become of its products meanwhile, and only Redis knows whether it is one.
  if (unsold.length > 0 && !once) throw notForSale(unsold)
  let lines = wanted.map(({ product_id, quantity }): ChangedLine => {
    const available = sold.has(product_id) ? undefined : 'none'
    return { product_id, quantity, available }
  })

  let checked: string | undefined
  for (let tries = 0; tries < mostTries; tries++) {
    const answer = await carts.change(session, { mode, lines, once, checked }, had)
    switch (answer.outcome) {
      case 'ok':
      case 'repeated':
        return { is_repeat: answer.outcome === 'repeated', cart: answer.cart, products }
      case 'unchecked':
        checked = await checkTotal(fastify, session, { mode, lines })
        continue
      case 'unknown':
        lines = await withStock(fastify, lines, answer.lines)
        continue
      default:
        throw refusalOf(answer, wanted)
    }
  }
  throw detailed(new CheckoutInProgress(), { headers: { 'retry-after': 1 } })
}

/** How often a cart may change between the check of its total and the change. */
const mostTries = 10

/** The lines with what PostgreSQL says of those that the stock gate does not know. */
async function withStock({ reservation }: Shop, lines: ChangedLine[], unknown: { at: number }[]) {
  const places = new Set(unknown.map(({ at }) => at))
  const ids = [...places].map((at) => lines[at]!.product_id)
  const stock = await reservation.available(ids)
  return lines.map((line, at) =>
    places.has(at) ? { ...line, available: stock.get(line.product_id) ?? 0 } : line
  )
}

/** @returns the cart that was checked. @throws CartLimitExceeded when it would cost too much with this change */
async function checkTotal(
  { carts, findProducts }: Shop,
  session: string,
  { mode, lines }: Pick<CartChange, 'mode' | 'lines'>
): Promise<string> {
  const cart = await carts.read(session)
  const units = new Map(cart?.lines.map(({ product_id, quantity }) => [product_id, quantity]))
  for (const { product_id, quantity } of lines)
    units.set(product_id, quantity + (mode === 'add' ? (units.get(product_id) ?? 0) : 0))
  const products = await findProducts([...units.keys()])
  totalOf(products.map(({ id, price }) => ({ quantity: units.get(id)!, unit_price: price })))
  return cartState(cart)
}
