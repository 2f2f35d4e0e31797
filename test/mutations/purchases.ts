import type { Mutation } from './mutation.ts'

/** A purchase is one order: requests with a key and no session, and a provider that knows the charge. */
export const purchases: Mutation[] = [
  {
    name: 'a checkout without a session has another session each time',
    changes: [
      {
        file: 'plugins/shop/checkout/request-hash.ts',
        find: 'session: is_new_session && purchase ? purchase : session,',
        replace: 'session,'
      }
    ],
    command: ['test/pairs/checkouts.test.ts'],
    test: 'every invariant holds when these requests meet: buy items without a session + buy items without a session',
    slow: true
  },
  {
    name: 'TX 1 works on two requests of a purchase at a time',
    changes: [
      {
        file: 'sql/functions/place_orders.sql',
        find: 'if p_purchase is not null then',
        replace: 'if false then'
      }
    ],
    command: ['test/sql/one-purchase.test.ts'],
    test: 'of two requests of a purchase place_orders places one'
  },
  {
    name: 'a node starts with a provider that the other nodes do not have',
    changes: [
      {
        file: 'plugins/shop/payments/identity.ts',
        find: 'if (expected !== identity) throw foreignProvider(identity, expected)',
        replace: ''
      }
    ],
    command: ['test/plugins/shop/payments/identity.test.ts'],
    test: 'a node with another provider than the other nodes does not start',
    slow: true
  },
  {
    name: 'a session keeps its older position when Redis refuses the newer one',
    changes: [
      {
        file: 'plugins/storage/consistency/raise.lua',
        find: "  redis.call('DEL', KEYS[1])\n",
        replace: ''
      }
    ],
    command: ['test/plugins/storage/evictions.test.ts'],
    test: 'a session reads its own write after Redis has refused its position',
    slow: true
  }
]
