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
  }
]
