import type { FastifyInstance } from 'fastify'
import type { StoredCart } from '../../plugins/shop/cart/index.ts'
import { totalOf } from '../../plugins/shop/cart/total.ts'
import type { FoundProduct } from '../../plugins/shop/product-lookup.ts'
import type { Cart } from './schema.ts'

type Shop = Pick<FastifyInstance, 'config' | 'findProducts' | 'reservation'>

/**
 * A cart as its buyer sees it: the stored products and units, with today's prices and stock.
 * @param known products that were read for this request: the others are read now
 * @throws CartLimitExceeded when prices have risen until the cart costs more than an order can hold
 */
export async function viewCart(
  fastify: Shop,
  stored: StoredCart | undefined,
  known: FoundProduct[]
): Promise<Cart> {
  const currency = fastify.config.HOLDFAST_CURRENCY
  const money = (amount: number) => ({ amount, currency })
  if (!stored) return { id: null, version: 0, items: [], subtotal: money(0), expires_at: null }

  const { id, version, lines, expires_at } = stored
  const [found, available] = await Promise.all([
    productsOf(fastify, stored, known),
    stockOf(fastify, stored)
  ])

  const items = lines.flatMap(({ product_id, quantity }) => {
    const product = found.get(product_id)
    if (!product) return []
    const { sku, name, price, status } = product
    return {
      product_id,
      sku,
      name,
      quantity,
      unit_price: money(price),
      line_total: money(price * quantity),
      available: status === 'active' ? (available.get(product_id) ?? 0) : 0
    }
  })
  const total = totalOf(
    items.map((item) => ({ quantity: item.quantity, unit_price: item.unit_price.amount }))
  )
  return { id, version, items, subtotal: money(total), expires_at }
}

async function productsOf({ findProducts }: Shop, { lines }: StoredCart, known: FoundProduct[]) {
  const found = new Map(known.map((product) => [product.id, product]))
  const missing = lines.flatMap(({ product_id }) => (found.has(product_id) ? [] : [product_id]))
  for (const product of await findProducts(missing)) found.set(product.id, product)
  return found
}

async function stockOf({ reservation }: Shop, { lines, stock }: StoredCart) {
  const missing = lines.flatMap(({ product_id }) => (stock.has(product_id) ? [] : [product_id]))
  return missing.length === 0
    ? stock
    : new Map([...stock, ...(await reservation.available(missing))])
}
