import fp from 'fastify-plugin'
import { OrderNotCancellable } from '../../kernel/errors/problems.ts'
import type { Outcome } from '../payments/port.ts'
import { clearCart, afterEnd } from './after-commit.ts'
import type { Placed } from './result.ts'
import { openGauges } from './gauges.ts'
import { record } from './payment.ts'
import { place } from './place-order.ts'
import type { CheckoutRequest } from './request.ts'
import { resolveDue } from './resolve.ts'
import { openClaimStock } from './claim-stock.ts'
import { cancelOrder } from './transactions.ts'

export type Checkout = {
  /** Buys a cart, or the items of the body; or answers the order that this request has bought before. */
  place: (request: CheckoutRequest) => Promise<Placed>
  /** Gives stock and money back. @throws OrderNotCancellable */
  cancel: (order_id: string, reason: 'customer' | 'admin', restock: boolean) => Promise<void>
  /** Looks at up to `limit` payments whose time has come: dead requests, lost answers, refunds. @returns how many */
  resolveDue: (limit: number) => Promise<number>
  /** Writes down how the provider says that an order's payment has ended, whoever has heard of it. */
  recordOutcome: (order_id: string, outcome: Outcome) => Promise<void>
  /** Takes what a confirmed order bought out of its cart, if that was not done. Throws while Redis is away. */
  clearCart: (order_id: string) => Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The order workflow, and the only writer of orders. */
    checkout: Checkout
  }
}

export default fp(
  async (fastify) => {
    const take = openClaimStock(fastify)
    openGauges(fastify.metrics.registry, fastify.db)

    fastify.decorate('checkout', {
      place: (request) => fastify.metrics.checkout.answered(place(fastify, take, request)),

      async cancel(order_id, reason, restock) {
        if (!(await cancelOrder(fastify.db, order_id, reason, restock)))
          throw new OrderNotCancellable()
        await fastify.failpoint('order-cancelled')
        // It is cancelled, whatever becomes of this.
        const lines = await afterEnd(fastify, order_id).catch((err: unknown) => {
          fastify.log.warn({ err, order_id }, 'the gate was not told of a cancelled order')
          return []
        })
        fastify.metrics.checkout.ended('cancelled', restock ? lines : [])
      },

      resolveDue: (limit) => resolveDue(fastify, limit),

      async recordOutcome(order_id, outcome) {
        const end = await record(fastify, order_id, outcome)
        fastify.metrics.checkout.ended(end, await afterEnd(fastify, order_id))
      },

      clearCart: (order_id) => clearCart(fastify, order_id)
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
      'metrics',
      'failpoints',
      'pending-order-limit'
    ]
  }
)
