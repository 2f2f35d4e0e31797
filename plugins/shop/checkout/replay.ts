import type { FastifyInstance } from 'fastify'
import { CartEmpty, IdempotencyKeyReused } from '../../kernel/errors/problems.ts'
import { afterEnd, type AfterEnd } from './after-commit.ts'
import { findJustBought, findOrderState, type OrderState } from './order.ts'
import type { Attempt } from './request.ts'
import { isSamePurchase } from './request-hash.ts'
import { resolveNow, type Resolve } from './resolve.ts'
import { inProgress, isDue, resultOf, type Replayed } from './result.ts'

/*
 * Orders that were placed before this request came: found by its key, by its cart, or as the session's newest order.
 */

/** The answer from the order that has the request's key, or is the same purchase (Seen.earlier). */
export async function replayEarlier(
  fastify: Resolve,
  attempt: Attempt,
  order_id: string
): Promise<Replayed> {
  const order = (await findOrderState(fastify.db, order_id))!
  if (!isSamePurchase(order, attempt)) throw new IdempotencyKeyReused()
  return resultOf('replayed', await resolved(fastify, order))
}

/** The order that a cart has become (Seen.live): paid, or pending. undefined: none, or it was cancelled meanwhile. */
export async function liveOrder(
  fastify: Resolve,
  order_id: string | null
): Promise<OrderState | undefined> {
  if (order_id === null) return undefined
  const order = await resolved(fastify, (await findOrderState(fastify.db, order_id))!)
  return order.status === 'cancelled' ? undefined : order
}

/**
 * The answer from the order that a cart has become, for a double click. undefined: the request is another one, and may buy
 * what that order leaves in the cart.
 * @throws CheckoutInProgress while that order is pending
 */
export async function replayLive(
  fastify: AfterEnd,
  attempt: Attempt,
  live: OrderState
): Promise<Replayed | undefined> {
  if (live.status === 'pending') throw inProgress(live)
  await afterEnd(fastify, live.id)
  const isDoubleClick = attempt.key === undefined && isSamePurchase(live, attempt)
  return isDoubleClick ? resultOf('replayed', live) : undefined
}

/** An empty cart without a key is a late double click, or there is nothing to buy. */
export async function replayDoubleClick(
  { db }: Pick<FastifyInstance, 'db'>,
  attempt: Attempt
): Promise<Replayed> {
  const order = attempt.key === undefined ? await findJustBought(db, attempt.session) : undefined
  if (!order || !isSamePurchase(order, attempt)) throw attempt.token_fault ?? new CartEmpty()
  return resultOf('replayed', order)
}

/** The order as it is now. If the request that placed it died, the order is resolved first. */
async function resolved(fastify: Resolve, order: OrderState): Promise<OrderState> {
  if (order.status !== 'pending' || !isDue(order)) return order
  await resolveNow(fastify, order.id)
  return (await findOrderState(fastify.db, order.id))!
}
