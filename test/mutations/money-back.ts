import type { Mutation } from './mutation.ts'

/** Money that goes back to buyers: refunds, and the charges of lost orders. */
export const moneyBack: Mutation[] = [
  {
    name: 'a refund that the provider refuses is written down as done',
    changes: [
      {
        file: 'plugins/shop/checkout/refund.ts',
        find: "await finish('failed', null, 'refused')",
        replace: "await finish('succeeded', null, null)"
      }
    ],
    command: ['test/plugins/shop/checkout/refunds.test.ts'],
    test: 'a refund that the provider refuses is written down as failed',
    slow: true
  },
  {
    name: 'the reconciler gives any number of lost charges back by itself',
    changes: [
      {
        file: 'plugins/background/reconciler/give-back.ts',
        find: 'if (count > mostADay || amount > most) {',
        replace: 'if (count < 0) {'
      }
    ],
    command: ['test/plugins/background/give-back.test.ts'],
    test: 'the reconciler gives none of 101 lost charges back',
    slow: true
  },
  {
    name: 'another attempt of a refund has the key of the attempt that failed',
    changes: [
      {
        file: 'sql/functions/retry_refund.sql',
        find: 'provider_key = gen_random_uuid(), ',
        replace: ''
      }
    ],
    command: ['test/plugins/shop/checkout/refunds.test.ts'],
    test: 'another attempt of a failed refund has another key',
    slow: true
  },
  {
    name: 'late news of an earlier attempt ends a refund',
    changes: [
      {
        file: 'sql/functions/finish_refund.sql',
        find: ' and coalesce(p_key, provider_key, id) = coalesce(provider_key, id)',
        replace: ''
      }
    ],
    command: ['test/plugins/shop/checkout/refunds.test.ts'],
    test: 'another attempt of a failed refund has another key',
    slow: true
  },
  {
    name: 'the reconciler takes the charges of other shops for ours',
    changes: [
      {
        file: 'plugins/background/reconciler/origin.ts',
        find: 'if (shop !== ours.shop || epoch',
        replace: 'if (!shop || epoch'
      }
    ],
    command: ['test/plugins/background/give-back.test.ts'],
    test: 'the reconciler gives back no charge that is not ours',
    slow: true
  },
  {
    name: 'the reconciler takes charges after the end of their epoch for ours',
    changes: [
      {
        file: 'plugins/background/reconciler/origin.ts',
        find: 'return found.ended_at === null || decided_at',
        replace: 'return found.ended_at !== undefined || decided_at'
      }
    ],
    command: ['test/plugins/background/give-back.test.ts'],
    test: 'after a new epoch nothing goes back until an operator has looked',
    slow: true
  },
  {
    name: 'the reconciler gives back in a new epoch before an operator has looked',
    changes: [
      {
        file: 'plugins/background/reconciler/give-back.ts',
        find: 'if (floor === 0 || !day.reviewed) {',
        replace: 'if (floor === 0) {'
      }
    ],
    command: ['test/plugins/background/give-back.test.ts'],
    test: 'after a new epoch nothing goes back until an operator has looked',
    slow: true
  },
  {
    name: 'the reconciler gives a lost charge back at its first look',
    changes: [
      {
        file: 'plugins/background/reconciler/give-back.ts',
        find: 'return lost.filter(({ is_due, is_begun }) => is_due || is_begun)',
        replace: 'return lost'
      }
    ],
    command: ['test/plugins/background/give-back.test.ts'],
    test: 'the reconciler gives a lost charge back at its second look',
    slow: true
  },
  {
    name: 'a copy of a shop takes the payments of its original for its own',
    changes: [
      {
        file: 'scripts/restore/another-shop.sql',
        find: "update payments set provider = 'original';",
        replace: ''
      }
    ],
    command: ['test/scripts/another-shop.test.ts'],
    test: 'a copy is another shop, and asks no provider about the payments of the original',
    slow: true
  }
]
