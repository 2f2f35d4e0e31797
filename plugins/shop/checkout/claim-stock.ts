import { singleFlight } from '../../lib/single-flight.ts'
import { nothingLeft } from '../reservation/left.ts'
import type { NewOrder } from './new-order.ts'
import { findOrderState } from './order.ts'
import { resolveDueHolds, type Resolve } from './resolve.ts'
import type { Decided } from './place-batch.ts'

/** Claims an order's stock: the gate, then TX 1. `exists` means another order; the order with this id is `placed`. */
export type ClaimStock = (order: NewOrder) => Promise<Decided>

export function openClaimStock(fastify: Resolve): ClaimStock {
  const { db, orderBatches, reservation } = fastify
  const { timed } = fastify.checkoutMetrics
  const holds = singleFlight<boolean>()

  /** If the stock is too small, ends expired reservations of it and tries once more. */
  return async (order) => {
    const first = await gated(order)
    if (first.outcome !== 'refused') return first
    const short = first.shortages.map(({ product_id }) => product_id)
    const freed = await holds(short.toSorted().join(), () => resolveDueHolds(fastify, short))
    return freed ? gated(order) : first
  }

  async function gated(order: NewOrder): Promise<Decided> {
    const answer = await timed('gate', () => reservation.reserve(order.id, order.lines))
    await fastify.failpoint('gate-asked')
    if (answer.gate === 'refused')
      return { outcome: 'refused', shortages: answer.shortages, left: nothingLeft }

    let outcome: Decided['outcome'] | undefined
    try {
      const decided = await decide(order)
      outcome = decided.outcome
      return decided
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
  async function decide(order: NewOrder): Promise<Decided> {
    const answer = await timed('tx1', () => orderBatches.place(order))
    await fastify.failpoint('order-decided')
    const own = answer.outcome === 'exists' && (await findOrderState(db, order.id))
    return own ? { outcome: 'placed', left: nothingLeft } : answer
  }
}
