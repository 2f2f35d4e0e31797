import type { Test } from 'tap'
import {
  declineCodeForm,
  type PaymentProvider,
  type RefundRequest
} from '../../plugins/shop/payments/port.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { listed, newCharge, newRefund } from './charges.ts'

type Trial = {
  name: string
  payments: PaymentProvider
  other: PaymentProvider
  tokens: { refunds_late?: string; refunds_fail?: string }
}

/** A refund that was accepted ends later, as succeeded or failed, and answers so from then on. */
export function refundsLate(t: Test, { name, payments, other, tokens }: Trial): void {
  const { refunds_late, refunds_fail } = tokens
  const ended = (refund: RefundRequest) =>
    until('the refund to end', async () => {
      const answer = await other.refund(refund)
      return answer.status !== 'pending' && answer
    })

  if (refunds_late)
    t.test(`the ${name} provider answers pending until a refund was made`, async (t) => {
      const charge = newCharge(refunds_late, { amount: 1000 })
      await payments.charge(charge)
      const refund = newRefund(charge, { amount: 600 })
      const first = await payments.refund(refund)
      t.match(first, { status: 'pending', reference: /./ })
      t.same(await payments.refund(newRefund(charge, { amount: 401 })), { status: 'refused' })
      t.match(await listed(payments, [charge]), [{ refunded: 600 }], 'it is on its way')
      t.same(await ended(refund), { ...first, status: 'succeeded' })
      t.match(await listed(payments, [charge]), [{ refunded: 600 }])
    })

  if (refunds_fail)
    t.test(
      `the ${name} provider says of a refund that it has failed, and takes another`,
      async (t) => {
        const charge = newCharge(refunds_fail, { amount: 1000 })
        await payments.charge(charge)
        const refund = newRefund(charge)
        t.match(await payments.refund(refund), { status: 'pending' })
        const failed = await ended(refund)
        t.match(failed, { status: 'failed', reference: /./, failure_code: declineCodeForm })
        t.same(await payments.refund(refund), failed, 'its id is used')
        t.match(await listed(payments, [charge]), [{ refunded: 0 }])
        t.match(await payments.refund(newRefund(charge)), { status: 'pending' }, 'another attempt')
      }
    )
}
