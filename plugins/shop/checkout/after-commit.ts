import type { FastifyInstance } from 'fastify'
import type { Line } from '../reservation/index.ts'
import { findPurchase } from './queries.ts'

/** Units left the shelf: the gate learns the new numbers, and drops what it holds for the order. */
export async function settleTaken(fastify: FastifyInstance, order_id: string, lines: Line[]) {
  await fastify.reservation.settle(lines, order_id)
  await fastify.failpoint('units-taken')
}

/** Units came back, or will not leave any more: the gate learns the same. */
export async function settleReturned(fastify: FastifyInstance, order_id: string, lines: Line[]) {
  await fastify.reservation.settle(lines, order_id)
  await fastify.failpoint('units-returned')
}

/**
 * The order is paid: its lines leave the cart they came from. Without Redis the cart keeps them; its next checkout finds
 * that they were bought.
 */
export async function clearBoughtCart(
  fastify: FastifyInstance,
  session: string,
  cart_id: string | null,
  lines: Line[]
) {
  if (cart_id === null) return
  await fastify.carts
    .clear(session, cart_id, lines)
    .catch((err: unknown) => fastify.log.warn({ err, cart_id }, 'the cart was not cleared'))
  await fastify.failpoint('cart-cleared')
}

/**
 * What follows from an order's end, for those who did not place it. Whoever ended it may have died before this, and doing
 * it twice does no harm.
 * @returns the order's lines
 */
export async function afterEnd(fastify: FastifyInstance, order_id: string): Promise<Line[]> {
  const { session, cart_id, status, confirmed_at, lines } = await findPurchase(fastify.db, order_id)
  if (confirmed_at) await clearBoughtCart(fastify, session, cart_id, lines)
  if (status === 'cancelled') await settleReturned(fastify, order_id, lines)
  return lines
}

/** The same for the cart alone, by somebody who tries again until it is done. */
export async function clearCart(fastify: FastifyInstance, order_id: string) {
  const { session, cart_id, confirmed_at, lines } = await findPurchase(fastify.db, order_id)
  if (confirmed_at && cart_id) await fastify.carts.clear(session, cart_id, lines)
}
