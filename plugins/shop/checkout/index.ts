import fp from 'fastify-plugin'
import { OrderNotCancellable } from '../../kernel/errors/problems.ts'
import type { Outcome } from '../payments/port.ts'
import { afterEnd, clearCarts } from './after-commit.ts'
import { openClaimStock } from './claim-stock.ts'
import { measureOnScrape, openMetrics, type CheckoutMetrics } from './metrics.ts'
import { record } from './payment.ts'
import { place } from './place-order.ts'
import type { CheckoutRequest } from './request.ts'
import { beginDue, resolveDue } from './resolve.ts'
import type { CheckoutResult } from './result.ts'
import { cancelOrder } from './transactions.ts'

export type Checkout = {
  /** Buys a cart, or the items of the body; or answers from the order that an earlier request placed. */
  place: (request: CheckoutRequest) => Promise<CheckoutResult>
  /** Gives stock and money back. @throws OrderNotCancellable */
  cancel: (order_id: string, reason: 'customer' | 'admin', restock: boolean) => Promise<void>
  /**
   * Resolves up to `limit` payments that are due: their request died, their outcome is unknown, or a refund is pending.
   * @returns how many
   */
  resolveDue: (limit: number) => Promise<number>
  /** As resolveDue, but does not wait for them. @returns a promise for each payment, which never rejects */
  beginDue: (limit: number) => Promise<Promise<void>[]>
  /** Records how an order's payment ended, as the provider tells it. */
  recordOutcome: (order_id: string, outcome: Outcome) => Promise<void>
  /** Takes what confirmed orders bought out of their carts, if that was not done. Throws when Redis is unreachable. */
  clearCarts: (order_ids: string[]) => Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The order workflow: places, charges, finishes and cancels orders. */
    checkout: Checkout
    /** What the checkout counts. For the checkout alone. */
    checkoutMetrics: CheckoutMetrics
  }
}

export default fp(
  async (fastify) => {
    const counts = openMetrics(fastify)
    measureOnScrape(fastify)
    fastify.decorate('checkoutMetrics', counts)
    const claimStock = openClaimStock(fastify)

    fastify.decorate('checkout', {
      place: (request) => counts.answered(place(fastify, claimStock, request)),

      async cancel(order_id, reason, restock) {
        if (!(await cancelOrder(fastify.db, order_id, reason, restock)))
          throw new OrderNotCancellable()
        await fastify.failpoint('order-cancelled')
        // The order is cancelled, even if its post-commit effects fail.
        const lines = await afterEnd(fastify, order_id).catch((err: unknown) => {
          fastify.log.warn(
            { err, order_id },
            'the effects of a cancelled order failed, the relay repeats them'
          )
          return []
        })
        counts.ended('cancelled', restock ? lines : [])
      },

      resolveDue: (limit) => resolveDue(fastify, limit),
      beginDue: (limit) => beginDue(fastify, limit),

      async recordOutcome(order_id, outcome) {
        const { end } = await record(fastify, order_id, outcome)
        counts.ended(end, await afterEnd(fastify, order_id))
      },

      clearCarts: (order_ids) => clearCarts(fastify, order_ids)
    } satisfies Checkout)
  },
  {
    name: 'checkout',
    dependencies: [
      'postgres',
      'reservation',
      'cart',
      'cache',
      'payments',
      'payments-identity',
      'metrics',
      'failpoints',
      'order-batches',
      'pending-order-limit',
      'unpaid-order-limit'
    ]
  }
)
