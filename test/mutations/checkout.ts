import type { Mutation } from './mutation.ts'

/** The times of the checkout, and orders of nothing. */
export const checkoutMutations: Mutation[] = [
  {
    name: 'a request may place its order 10 minutes after it began',
    changes: [
      {
        file: 'plugins/shop/checkout/place-batch.ts',
        find: "const patience = '10 s'",
        replace: "const patience = '10 minutes'"
      }
    ],
    command: ['test/system/late-order.test.ts'],
    test: 'a request places no order when it began more than 10 s ago',
    slow: true
  },
  {
    name: 'a reservation lasts ten times as long as is configured',
    changes: [
      {
        file: 'plugins/shop/checkout/batches.ts',
        find: 'hold_ms: config.RESERVATION_TTL_SECONDS * 1000',
        replace: 'hold_ms: config.RESERVATION_TTL_SECONDS * 10_000'
      }
    ],
    command: ['test/plugins/shop/checkout/times.test.ts'],
    test: 'a reservation and the lease of its payment last',
    slow: true
  },
  {
    name: 'the resolver gives up an order ten times later than is configured',
    changes: [
      {
        file: 'plugins/shop/checkout/resolve.ts',
        find: 'age_seconds < fastify.config.PAYMENT_GIVE_UP_SECONDS',
        replace: 'age_seconds < 10 * fastify.config.PAYMENT_GIVE_UP_SECONDS'
      }
    ],
    command: ['test/plugins/shop/checkout/times.test.ts'],
    test: 'an order is given up when the provider is silent',
    slow: true
  },
  {
    name: 'an order of nothing is sent to the provider',
    changes: [
      {
        file: 'plugins/shop/checkout/payment.ts',
        find: "if (request.amount === 0) return { status: 'free' }",
        replace: ''
      }
    ],
    command: ['test/plugins/shop/checkout/order-of-nothing.test.ts'],
    test: 'an order of nothing is confirmed without the provider',
    slow: true
  },
  {
    name: 'the resolver asks the provider about an order of nothing',
    changes: [
      {
        file: 'plugins/shop/checkout/payment.ts',
        find: "if (amount === 0) return { status: 'free' }",
        replace: ''
      }
    ],
    command: ['test/plugins/shop/checkout/order-of-nothing.test.ts'],
    test: 'the resolver confirms an order of nothing whose request died',
    slow: true
  },
  {
    name: 'the resolver claims nothing until all that it has claimed has ended',
    changes: [
      {
        file: 'plugins/background/payment-resolver.ts',
        find: 'await Promise.race(active)',
        replace: 'await Promise.all(active)'
      }
    ],
    command: ['test/plugins/background/resolver-slots.test.ts'],
    test: 'payments for which the provider is silent delay no other',
    slow: true
  },
  {
    name: 'the resolver looks at a payment long after its order should have been given up',
    changes: [
      {
        file: 'sql/functions/claim_payments.sql',
        find: "when o.status = 'pending' and o.created_at + p_give_up",
        replace: 'when false and o.created_at + p_give_up'
      }
    ],
    command: ['test/sql/claim-payments.test.ts'],
    test: 'claim_payments makes the payment of a pending order due again when it is to be given up',
    slow: true
  },
  {
    name: 'a batch whose statement has failed answers all of its orders as failed',
    changes: [
      {
        file: 'plugins/lib/batched.ts',
        find: 'if (batching.concernsAll(err)) reject(err)',
        replace: 'if (calls.length > 0) reject(err)'
      }
    ],
    command: ['test/plugins/shop/checkout/batches.test.ts'],
    test: 'an order that cannot be placed fails alone among others'
  },
  {
    name: 'a batch waits for a lock as long as a single order',
    changes: [
      {
        file: 'plugins/storage/pool.ts',
        find: 'export const batchLockMs = 500',
        replace: 'export const batchLockMs = 60_000'
      }
    ],
    command: ['test/plugins/shop/checkout/batches.test.ts'],
    test: 'an order that waits for a lock holds up no other',
    slow: true
  },
  {
    name: 'orders of one purchase are placed in one batch',
    changes: [
      {
        file: 'plugins/shop/checkout/batches.ts',
        find: 'keys: ({ session, purchase }) => (purchase === null ? [session] : [session, purchase])',
        replace: 'keys: () => []'
      }
    ],
    command: ['test/plugins/shop/checkout/batches.test.ts'],
    test: 'two orders of a session are never in one batch'
  }
]
