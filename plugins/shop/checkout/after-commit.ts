import type { FastifyInstance } from 'fastify'
import type { Line } from '../reservation/index.ts'
import type { Left } from '../reservation/left.ts'
import type { NewOrder } from './new-order.ts'
import type { OrderState } from './order.ts'
import { findPurchases } from './queries.ts'

type Gate = Pick<FastifyInstance, 'reservation' | 'failpoint'>
type Limits = Pick<FastifyInstance, 'pendingOrderLimit' | 'unpaidOrderLimit'>
type Carts = Pick<FastifyInstance, 'carts' | 'failpoint' | 'log'>

/** What the post-commit effects of an order touch. */
export type AfterEnd = Gate & Carts & Pick<FastifyInstance, 'db'>

/** TX 1 took the units: the gate learns the new numbers and drops its hold for the order. */
export async function settleTaken(fastify: Gate, order_id: string, lines: Line[], left: Left) {
  await fastify.reservation.settle(lines, order_id, left)
  await fastify.failpoint('units-taken')
}

/** The order is cancelled: the gate learns the new numbers and drops its hold, if there still is one. */
async function settleReturned(fastify: Gate, order_id: string, lines: Line[], left?: Left) {
  await fastify.reservation.settle(lines, order_id, left)
  await fastify.failpoint('units-returned')
}

/**
 * The order is paid: its lines leave the cart they came from. When Redis is unreachable the cart keeps them; the next
 * checkout of the cart finds that they were bought.
 */
async function clearBoughtCart(
  fastify: Carts,
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
 * The post-commit effects of TX 2, for the request that placed the order: also when another process ended the order, since
 * that process may have crashed before it did this.
 */
export async function afterPayment(
  fastify: Gate & Carts & Limits,
  order: NewOrder,
  { status, confirmed_at }: OrderState,
  left: Left
) {
  const { id, ip, session, cart_id, lines } = order
  const counted = fastify.unpaidOrderLimit.count(order, id)
  if (confirmed_at) {
    await Promise.all([clearBoughtCart(fastify, session, cart_id, lines), counted])
    return
  }
  await counted
  if (status === 'cancelled') await settleReturned(fastify, id, lines, left)
  else await fastify.pendingOrderLimit.count(ip, id)
}

/**
 * The post-commit effects of an ended order, for callers other than the request that placed it. The process that ended
 * the order may have crashed before it did this, and a repeat does no harm.
 * @returns the order's lines
 */
export async function afterEnd(fastify: AfterEnd, order_id: string): Promise<Line[]> {
  const [purchase] = await findPurchases(fastify.db, [order_id])
  const { session, cart_id, status, confirmed_at, lines } = purchase!
  if (confirmed_at) await clearBoughtCart(fastify, session, cart_id, lines)
  if (status === 'cancelled') await settleReturned(fastify, order_id, lines)
  return lines
}

/** Clears the carts of confirmed orders, for the relay: it throws when Redis is unreachable, and the relay repeats it. */
export async function clearCarts(
  { db, carts }: Pick<FastifyInstance, 'db' | 'carts'>,
  order_ids: string[]
) {
  const purchases = await findPurchases(db, order_ids)
  await Promise.all(
    purchases.map(async ({ session, cart_id, confirmed_at, lines }) => {
      if (confirmed_at && cart_id) await carts.clear(session, cart_id, lines)
    })
  )
}
