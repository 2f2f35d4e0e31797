import type { FastifyInstance } from 'fastify'
import { CartEmpty, IdempotencyKeyReused } from '../../kernel/errors/problems.ts'
import { answerFrom, isDue } from './result.ts'
import {
  findByKey,
  findJustBought,
  findLiveOrder,
  findOrderState,
  type OrderState
} from './queries.ts'
import { resolveNow } from './resolve.ts'

/*
 * What was bought before this request came: by its key, by its cart, or by a click just before.
 */

/** The answer of the order that has this key, if there is one. */
export async function replay(
  fastify: FastifyInstance,
  session: string,
  key: string | undefined,
  hash: Buffer
) {
  const order = key === undefined ? undefined : await findByKey(fastify.db, session, key)
  if (!order) return undefined
  if (!order.request_hash.equals(hash)) throw new IdempotencyKeyReused()
  return answerFrom(await settled(fastify, order), true)
}

/** The order that a cart has become: paid, or still in doubt. */
export async function liveOrder(fastify: FastifyInstance, cart_id: string | null) {
  const found = cart_id === null ? undefined : await findLiveOrder(fastify.db, cart_id)
  const order = found && (await settled(fastify, found))
  return order?.status === 'cancelled' ? undefined : order
}

/** An empty cart without a key: the second half of a late double click, or nothing to buy. */
export async function boughtBefore(
  fastify: FastifyInstance,
  session: string,
  key: string | undefined,
  hash: Buffer
) {
  const order = key === undefined ? await findJustBought(fastify.db, session) : undefined
  if (!order?.request_hash.equals(hash)) throw new CartEmpty()
  return answerFrom(order, true)
}

/** The order as it is, after ending it if its request died. */
async function settled(fastify: FastifyInstance, order: OrderState): Promise<OrderState> {
  if (order.status !== 'pending' || !isDue(order)) return order
  await resolveNow(fastify, order.id)
  return (await findOrderState(fastify.db, order.id))!
}
