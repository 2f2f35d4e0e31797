import type { FastifyInstance } from 'fastify'
import type { Line } from '../reservation/index.ts'
import { sumLines } from '../cart/lines.ts'
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
