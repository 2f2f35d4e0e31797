import type { FastifyInstance } from 'fastify'
import type { Line } from '../reservation/index.ts'
import type { Attempt } from './request.ts'

/** What a request buys: the items of its body (`cart_id` is null), or the session's cart. */
export type Basket = { cart_id: string | null; lines: Line[] }

/** @throws CartUnavailable when Redis is unreachable and the body has no items */
export async function readBasket(
  { carts }: Pick<FastifyInstance, 'carts'>,
  { session, body }: Attempt
): Promise<Basket> {
  if (body.items) return { cart_id: null, lines: sumLines(body.items) }
  const cart = await carts.read(session)
  return cart ? { cart_id: cart.id, lines: sumLines(cart.lines) } : { cart_id: null, lines: [] }
}

/** Lines of one product become one, in product order, which is the order that stock is locked in. */
function sumLines(lines: Line[]): Line[] {
  const sums = new Map<string, number>()
  for (const { product_id, quantity } of lines) {
    const id = product_id.toLowerCase()
    sums.set(id, (sums.get(id) ?? 0) + quantity)
  }
  return [...sums]
    .map(([product_id, quantity]) => ({ product_id, quantity }))
    .toSorted((a, b) => (a.product_id < b.product_id ? -1 : 1))
}
