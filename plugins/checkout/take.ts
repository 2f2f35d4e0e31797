import type { FastifyInstance } from 'fastify'
import pLimit, { type LimitFunction } from 'p-limit'
import { singleFlight } from '../single-flight.ts'
import { findOrderState } from './queries.ts'
import { resolveDueHolds } from './resolve.ts'
import { placeOrder, type NewOrder, type PlaceOutcome } from './transactions.ts'

/** Orders that PostgreSQL decides without the gate's opinion, at a time and node: a rush must not take every connection. */
const ungated: LimitFunction = pLimit(8)

const holds = singleFlight<boolean>()

/**
 * Takes an order's stock: gate, then TX 1. Finding too little, it first ends holds that are over, and tries once more.
 * `exists` is somebody else's order: one of this id is `placed`.
 */
export async function take(fastify: FastifyInstance, order: NewOrder): Promise<PlaceOutcome> {
  const first = await attempt(fastify, order)
  if (first.outcome !== 'refused') return first
  const short = first.shortages.map(({ product_id }) => product_id)
  const freed = await holds(short.toSorted().join(), () => resolveDueHolds(fastify, short))
  return freed ? attempt(fastify, order) : first
}

async function attempt(fastify: FastifyInstance, order: NewOrder): Promise<PlaceOutcome> {
  const { reservation } = fastify
  const answer = await reservation.reserve(order.id, order.lines)
  if (answer.gate === 'refused') return { outcome: 'refused', shortages: answer.shortages }

  const placed = await (answer.gate === 'held'
    ? placeFirst(fastify, order)
    : ungated(() => placeFirst(fastify, order)))
  // Placed: the hold is dropped beside the charge. Otherwise nobody else would drop it.
  if (placed.outcome !== 'placed') await reservation.settle(order.lines, order.id)
  return placed
}

/** TX 1. When its answer was lost and it is run again, it may find its own order. */
async function placeFirst({ config, db }: FastifyInstance, order: NewOrder): Promise<PlaceOutcome> {
  const answer = await placeOrder(db, order, {
    currency: config.HOLDFAST_CURRENCY,
    hold_ms: config.RESERVATION_TTL_SECONDS * 1000,
    lease_ms: config.PAYMENT_LEASE_MS
  })
  if (answer.outcome === 'exists' && (await findOrderState(db, order.id)))
    return { outcome: 'placed' }
  return answer
}
