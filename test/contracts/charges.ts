import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type {
  Charge,
  ChargeRequest,
  PaymentProvider,
  RefundRequest
} from '../../plugins/shop/payments/port.ts'

/** Of a shop that no test has. */
export function newCharge(token: string, over: Partial<ChargeRequest> = {}): ChargeRequest {
  return {
    payment_id: randomUUID(),
    amount: 129_900,
    currency: 'USD',
    shop: randomUUID(),
    epoch: randomUUID(),
    metadata: { order_number: 'ABC' },
    token,
    ...over
  }
}

/** What a charge says of the node that makes it. */
export const originOf = (node: Pick<FastifyInstance, 'shop' | 'epoch'>) => ({
  shop: node.shop(),
  epoch: node.epoch(),
  metadata: {}
})

/** A refund of the whole charge, or of a part. */
export function newRefund(charge: ChargeRequest, over: Partial<RefundRequest> = {}): RefundRequest {
  const { payment_id, amount, currency } = charge
  return { refund_id: randomUUID(), payment_id, amount, currency, ...over }
}

/** What the provider lists, of these charges only. */
export async function listed(
  provider: PaymentProvider,
  charges: { payment_id: string }[],
  since = new Date(0)
): Promise<Charge[]> {
  const ids = new Set(charges.map(({ payment_id }) => payment_id))
  const found: Charge[] = []
  for await (const charge of provider.list(since))
    if (ids.has(charge.payment_id)) found.push(charge)
  return found
}
