import fp from 'fastify-plugin'
import type { Kysely } from 'kysely'
import pLimit from 'p-limit'
import { Histogram } from 'prom-client'
import { detailed, Overloaded } from '../../kernel/errors/problems.ts'
import { buckets } from '../../kernel/histogram-buckets.ts'
import { batched, type Batching } from '../../lib/batched.ts'
import type { Database } from '../../../sql/types.ts'
import type { Lsn } from '../../storage/lsn.ts'
import { look, type Question, type Seen } from './look.ts'
import type { NewOrder } from './new-order.ts'
import { findOrderStates, type OrderState } from './order.ts'
import { concernsAll, retryBatch, retryStatement } from './retry-statement.ts'
import { placeOrders, type Decided } from './place-batch.ts'
import { finishOrders, type Finished, type FinishedPayment } from './transactions.ts'

/** The four statements of a checkout. Each is one for all checkouts of this node that are at the same point. */
export type OrderBatches = {
  look: (question: Question) => Promise<Seen>
  /** TX 1. */
  place: (order: NewOrder) => Promise<Decided>
  /** TX 2. */
  finish: (payment: FinishedPayment) => Promise<Finished>
  /** An order as it is now, read from the primary after everything that the caller has seen. */
  after: (order_id: string) => Promise<After>
}

/** `lsn`: a position in the log at or after what the order shows. */
export type After = { order: OrderState; lsn: Lsn }

declare module 'fastify' {
  interface FastifyInstance {
    /** Group commit: for the checkout alone. */
    orderBatches: OrderBatches
  }
}

/** Orders and lines of one statement, at most: a row of stock is locked until all of them are written. */
const most = 64
const most_lines = 512
/**
 * A checkout that has waited so long for a batch is refused, before anything was done for it. Longer than a batch
 * waits for a lock of another transaction.
 */
const patience_ms = 3000
/** Orders of batches that have failed, at a time: they must not take every connection of the node. */
const most_apart = 4

/** Group commit: the statements of checkouts that run at the same time are shared, and so are their commits. */
export default fp(
  async (fastify) => {
    const { batchDb, db, config, metrics } = fastify
    const sizes = new Histogram({
      name: 'holdfast_batch_orders',
      help: 'Checkouts that shared a statement: look, place (TX 1), finish (TX 2), after; 1 while few buy, more in a rush',
      labelNames: ['batch'],
      buckets: [1, 2, 4, 8, 16, 32, 64],
      registers: [metrics.registry]
    })
    const waits = new Histogram({
      name: 'holdfast_batch_wait_seconds',
      help: 'How long the first checkout of a batch waited for the batch before it; good: under 0.1',
      labelNames: ['batch'],
      buckets,
      registers: [metrics.registry]
    })
    const terms = {
      currency: config.HOLDFAST_CURRENCY,
      hold_ms: config.RESERVATION_TTL_SECONDS * 1000,
      lease_ms: config.PAYMENT_LEASE_MS,
      most_pending: config.PENDING_ORDERS_PER_SESSION
    }
    const open = <In, Out>(
      name: keyof OrderBatches,
      work: (db: Kysely<Database>, inputs: In[]) => Promise<Out[]>,
      { repeats = true, ...limits }: Partial<Batching<In, Out>> & { repeats?: boolean } = {}
    ) => {
      const apart = pLimit(most_apart)
      const [many, one] = repeats ? [retryBatch, retryStatement] : [once, once]
      return batched<In, Out>((inputs) => many(() => work(batchDb, inputs)), {
        most,
        async alone(input) {
          const [output] = await apart(() => one(() => work(db, [input])))
          return output!
        },
        concernsAll,
        observe(size, waited_ms) {
          sizes.observe({ batch: name }, size)
          waits.observe({ batch: name }, waited_ms / 1000)
        },
        ...limits
      })
    }
    const patience = { ms: patience_ms, refusal }

    fastify.decorate('orderBatches', {
      // Nothing was done yet: while the primary is away a checkout is refused soon.
      look: open('look', look, { patience, repeats: false }),
      place: open('place', (on, orders) => placeOrders(on, orders, terms), {
        patience,
        weight: { of: ({ lines }) => lines.length, most: most_lines },
        // The same value may be the session of one order and the purchase of another.
        keys: ({ session, purchase }) => (purchase === null ? [session] : [session, purchase])
      }),
      // Money has moved: this one is never refused.
      finish: open('finish', finishOrders, { keys: ({ order_id }) => [order_id] }),
      after: open('after', findOrderStates)
    } satisfies OrderBatches)
  },
  { name: 'order-batches', dependencies: ['config', 'postgres', 'metrics'] }
)

const once = <T>(statement: () => Promise<T>) => statement()

const refusal = () => detailed(new Overloaded(), { headers: { 'retry-after': 1 } })
