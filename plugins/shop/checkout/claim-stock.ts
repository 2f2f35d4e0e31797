import pLimit from 'p-limit'
import { singleFlight } from '../../lib/single-flight.ts'
import { primaryConnections } from '../../storage/pool.ts'
import type { NewOrder } from './new-order.ts'
import { findOrderState } from './order.ts'
import { resolveDueHolds, type Resolve } from './resolve.ts'
import { placeOrder, type PlaceOutcome } from './transactions.ts'

/** Claims an order's stock: the gate, then TX 1. `exists` means another order; the order with this id is `placed`. */
export type ClaimStock = (order: NewOrder) => Promise<PlaceOutcome>

/**
 * Claims of a node at a time, at most. In a rush an order that is placed must not wait for a connection behind the claims of
 * hundreds of requests, until its own request is answered with an error. The requests that wait for a claim have no order yet.
 */
export const mostClaims = primaryConnections / 2

export function openClaimStock(fastify: Resolve): ClaimStock {
  const { config, db, reservation } = fastify
  const { timed } = fastify.checkoutMetrics
  const claiming = pLimit(mostClaims)
  /** At most so many TX 1 at a time without a gate hold: a rush must not take every connection. */
  const ungated = pLimit(8)
  const holds = singleFlight<boolean>()

  /** If the stock is too small, ends expired reservations of it and tries once more. */
  return async (order) => {
    const first = await claiming(() => gated(order))
    if (first.outcome !== 'refused') return first
    const short = first.shortages.map(({ product_id }) => product_id)
    const freed = await holds(short.toSorted().join(), () => resolveDueHolds(fastify, short))
    return freed ? claiming(() => gated(order)) : first
  }

  async function gated(order: NewOrder): Promise<PlaceOutcome> {
    const answer = await timed('gate', () => reservation.reserve(order.id, order.lines))
    await fastify.failpoint('gate-asked')
    if (answer.gate === 'refused') return { outcome: 'refused', shortages: answer.shortages }

    let outcome: PlaceOutcome['outcome'] | undefined
    try {
      const placed = await (answer.gate === 'held' ? decide(order) : ungated(() => decide(order)))
      outcome = placed.outcome
      return placed
    } finally {
      // The hold of a placed order is dropped beside the charge. Every other hold is dropped here.
      if (outcome !== 'placed') await dropHold(order)
    }
  }

  async function dropHold({ id, lines }: NewOrder) {
    await reservation.settle(lines, id)
    await fastify.failpoint('hold-returned')
  }

  /** TX 1. When its answer was lost and it is run again, it may find its own order. */
  async function decide(order: NewOrder): Promise<PlaceOutcome> {
    const answer = await timed('tx1', () =>
      placeOrder(db, order, {
        currency: config.HOLDFAST_CURRENCY,
        hold_ms: config.RESERVATION_TTL_SECONDS * 1000,
        lease_ms: config.PAYMENT_LEASE_MS,
        most_pending: config.PENDING_ORDERS_PER_SESSION
      })
    )
    await fastify.failpoint('order-decided')
    const own = answer.outcome === 'exists' && (await findOrderState(db, order.id))
    return own ? { outcome: 'placed' } : answer
  }
}
