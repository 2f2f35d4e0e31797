import type { FastifyInstance } from 'fastify'
import type { StoredCart } from '../../plugins/shop/cart/index.ts'
import { totalOf } from '../../plugins/shop/cart/total.ts'
import type { Cart } from './schema.ts'

/**
 * A cart as its buyer sees it: the stored products and units, with today's prices and stock.
 * @throws CartLimitExceeded when prices have risen until the cart costs more than an order can hold
 */
export async function viewCart(
  fastify: Pick<FastifyInstance, 'config' | 'findProducts' | 'reservation'>,
  stored: StoredCart | undefined
): Promise<Cart> {
  const currency = fastify.config.HOLDFAST_CURRENCY
  const money = (amount: number) => ({ amount, currency })
  if (!stored) return { id: null, version: 0, items: [], subtotal: money(0), expires_at: null }

  const { id, version, lines, expires_at } = stored
  const product_ids = lines.map((line) => line.product_id)
  const [products, available] =
    lines.length === 0
      ? [[], new Map<string, number>()]
      : await Promise.all([
          fastify.findProducts(product_ids),
          fastify.reservation.available(product_ids)
        ])
  const found = new Map(products.map((product) => [product.id, product]))

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
