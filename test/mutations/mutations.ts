import { checkoutMutations } from './checkout.ts'
import { copies } from './copies.ts'
import { moneyBack } from './money-back.ts'
import type { Change, Mutation } from './mutation.ts'
import { purchases } from './purchases.ts'

export type { Change, Mutation } from './mutation.ts'

const placing = 'sql/functions/place_orders.sql'
const finishing = 'sql/functions/finish_orders.sql'

const noLook: Change = {
  file: placing,
  find: 'if have[l_product[line]] < l_quantity[line] then',
  replace: 'if false then'
}
const noGuard: Change = {
  file: placing,
  find: 'and t.units > 0 and inventory.quantity >= t.units\n',
  replace: 'and t.units > 0\n'
}

export const mutations: Mutation[] = [
  {
    name: 'TX 1 does not look at the stock, its update still does',
    changes: [noLook],
    command: ['test/sql/place-orders.test.ts'],
    test: 'place_orders sells the last unit once',
    slow: true
  },
  {
    name: 'TX 1 sells whatever is asked for, the schema still does not',
    changes: [noLook, noGuard],
    command: ['test/sql/place-orders.test.ts'],
    test: 'place_orders sells the last unit once',
    slow: true
  },
  {
    name: 'neither TX 1 nor the schema looks at the stock',
    changes: [
      noLook,
      noGuard,
      {
        file: 'sql/migrations/0001_catalog.sql',
        find: 'quantity bigint not null check (quantity between 0 and 9007199254740991)',
        replace: 'quantity bigint not null'
      }
    ],
    command: ['test/sql/place-orders.test.ts'],
    test: 'place_orders sells the last unit once'
  },
  {
    name: 'TX 1 locks stock in no order',
    changes: [
      {
        file: placing,
        find: 'any (s_id) order by product_id for no key update',
        replace: 'any (s_id) order by random() for no key update'
      }
    ],
    command: ['test/sql/lock-order.test.ts'],
    test: 'checkouts take stock in product order',
    slow: true
  },
  {
    name: 'TX 2 sets, and does not compare',
    changes: [
      {
        file: finishing,
        find: "o.status = 'pending' and t.outcome = 'succeeded'",
        replace: "t.outcome = 'succeeded'"
      }
    ],
    command: ['test/sql/finish-orders.test.ts'],
    test: 'an order that is confirmed'
  },
  {
    name: 'TX 2 confirms an order whose reservation was released',
    changes: [
      {
        file: finishing,
        find: "o.status = 'pending' and t.outcome = 'succeeded'",
        replace: "o.status in ('pending', 'cancelled') and t.outcome = 'succeeded'"
      }
    ],
    command: ['test/sql/finish-orders.test.ts'],
    test: 'an order that is cancelled'
  },
  {
    name: 'TX 2 releases twice',
    changes: [
      {
        file: finishing,
        find: "o.status = 'pending' and t.outcome <> 'succeeded'",
        replace: "o.status in ('pending', 'cancelled') and t.outcome <> 'succeeded'"
      }
    ],
    command: ['test/sql/finish-orders.test.ts'],
    test: 'an order that is pending'
  },
  {
    name: 'a cart may become an order for each of its totals',
    changes: [
      {
        file: 'sql/migrations/0002_orders.sql',
        // A cart that has changed has another total, as a rule.
        find: 'on orders (cart_id) where',
        replace: 'on orders (cart_id, total) where'
      }
    ],
    command: ['test/sql/storm.test.ts'],
    test: 'everything at once over nine connections'
  },
  {
    name: 'a cart may become two orders',
    changes: [
      {
        file: 'sql/migrations/0002_orders.sql',
        find: 'create unique index one_live_order_a_cart',
        replace: 'create index one_live_order_a_cart'
      }
    ],
    command: ['test/pairs/checkouts.test.ts'],
    test: 'every invariant holds when these requests meet: buy the cart + buy the cart',
    slow: true
  },
  {
    name: 'a key may become two orders',
    changes: [
      {
        file: 'sql/migrations/0002_orders.sql',
        find: '  unique (session_id, idempotency_key),\n',
        replace: ''
      }
    ],
    command: ['test/pairs/checkouts.test.ts'],
    test: 'every invariant holds when these requests meet: buy items + buy items',
    slow: true
  },
  {
    name: 'the resolver forgets the payments of cancelled orders',
    changes: [
      {
        file: 'sql/functions/claim_payments.sql',
        find: 'when p_order is null then check_at <= clock_timestamp()',
        replace: `when p_order is null then check_at <= clock_timestamp()
        and exists (select from orders where id = order_id and status = 'pending')`
      }
    ],
    command: ['test/plugins/shop/checkout/cancel.test.ts'],
    test: 'a charge that went through after the cancel is refunded',
    slow: true
  },
  {
    name: 'the resolver asks "is there a charge?" instead of closing the payment',
    changes: [
      {
        file: 'plugins/shop/checkout/payment.ts',
        find: 'fastify.payments.close(payment_id, signal)',
        replace: `fastify.payments
          .find(payment_id)
          .then((found): Outcome => found ?? { status: 'closed' })`
      }
    ],
    command: ['test/plugins/shop/checkout/unknown-outcome.test.ts'],
    test: 'a checkout does not wait for the provider longer than PAYMENT_TIMEOUT_MS'
  },
  ...moneyBack,
  {
    name: 'the checkout looks for the order instead of running TX 1 again',
    changes: [
      {
        file: 'plugins/shop/checkout/retry-statement.ts',
        find: 'isPassing(err) && !isLockTimeout(err)',
        replace: 'isVictim(err) && !isLockTimeout(err)'
      }
    ],
    command: ['test/plugins/shop/checkout/lost-answer.test.ts'],
    test: 'an order is placed once when the answer of TX 1 was lost',
    slow: true
  },
  {
    name: 'the checkout takes a key for the same request, whatever its body',
    changes: [
      {
        file: 'plugins/shop/checkout/replay.ts',
        find: 'if (!isSamePurchase(order, attempt)) throw new IdempotencyKeyReused()',
        replace: 'if (!isSamePurchase) throw new IdempotencyKeyReused()'
      }
    ],
    command: ['test/plugins/shop/checkout/replay.test.ts'],
    test: 'a key with another body is refused',
    slow: true
  },
  ...checkoutMutations,
  ...purchases,
  ...copies,
  {
    name: 'clear.lua clears a cart whatever its id is',
    changes: [
      {
        file: 'plugins/shop/cart/clear.lua',
        find: "if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return 0 end",
        replace: ''
      }
    ],
    command: ['test/plugins/shop/cart/scripts.test.ts'],
    test: 'clear.lua takes bought lines out once',
    slow: true
  },
  {
    name: 'the checkout tells the gate before PostgreSQL has released',
    changes: [
      {
        file: 'plugins/shop/checkout/pay.ts',
        find: '  const { end, left } = await counts.timed(',
        replace:
          "  if (outcome?.status === 'declined') await fastify.reservation.settle(lines, order_id)\n" +
          '  const { end, left } = await counts.timed('
      },
      {
        file: 'plugins/shop/checkout/after-commit.ts',
        find: "  if (status === 'cancelled') await settleReturned(fastify, id, lines, left)\n",
        replace: "  if (status === 'cancelled') return\n"
      }
    ],
    command: ['test/plugins/shop/checkout/outcomes.test.ts'],
    test: 'a checkout with tok_declined is answered 402',
    slow: true
  },
  {
    name: 'the resolver makes every try of a refund another refund',
    changes: [
      {
        file: 'plugins/shop/checkout/refund.ts',
        find: 'const { key: refund_id, amount } = refund',
        replace: 'const { amount } = refund, refund_id = crypto.randomUUID()'
      }
    ],
    command: ['test/plugins/background/payment-resolver.test.ts'],
    test: 'the resolver refunds once, though answers are lost',
    slow: true
  },
  {
    name: 'an event leaves the outbox when one sink has it',
    changes: [
      {
        file: 'sql/functions/settle_events.sql',
        find: '  if lacking is null then',
        replace: '  if true then'
      }
    ],
    command: ['test/plugins/background/outbox/sinks.test.ts'],
    test: 'a node of an older configuration deletes nothing that a new sink lacks',
    slow: true
  },
  {
    name: 'a node of the last release may delete events',
    changes: [
      {
        file: 'sql/migrations/0016_event_sinks.sql',
        find: "for each row when (current_setting('holdfast.settles_outbox', true) is distinct from 'on')",
        replace: 'for each row when (false)'
      }
    ],
    command: ['test/plugins/background/outbox/sinks.test.ts'],
    test: 'a node of the last release gets nothing to do, and deletes nothing',
    slow: true
  },
  {
    name: 'other sinks do not wait for the effects of an event',
    changes: [
      {
        file: 'plugins/background/outbox/distribute.ts',
        find: 'const due = first && !first.unreachable ? first.taken : rows',
        replace: 'const due = rows'
      }
    ],
    command: ['test/plugins/background/outbox/sinks.test.ts'],
    test: 'an event goes to other sinks when its effects are done',
    slow: true
  }
]
