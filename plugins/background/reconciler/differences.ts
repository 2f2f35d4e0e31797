import { uuidForm } from '../../kernel/http/schemas.ts'
import type { Charge, PaymentProvider } from '../../shop/payments/port.ts'
import type { Reader } from '../../../sql/types.ts'
import { isOurs } from './origin.ts'
import { findOrigin, findPayments, type OurOrigin, type Payment } from './queries.ts'

/**
 * unknown     a charge of ours that is not refunded and belongs to no payment: its order was lost
 * foreign     a charge that is not refunded and belongs to no payment, and is not ours: of another shop, of an epoch that this
 *             database has not had, or decided after that epoch ended here. It is left to the operator
 * amount      a charge of another amount or currency than its payment
 * unrecorded  a charge whose payment has failed, or has had an unknown outcome for longer than the resolver needs
 * unreturned  a charge of a cancelled order, whose refund has been pending for minutes
 * refunds     a charge of which the provider has refunded more or less than the payment's refunds
 */
export const findings = [
  'unknown',
  'foreign',
  'amount',
  'unrecorded',
  'unreturned',
  'refunds'
] as const
export type Finding = (typeof findings)[number]

export type Difference = { finding: Finding; charge: Charge; payment: Payment | undefined }

type Sides = { db: Reader; provider: Pick<PaymentProvider, 'list'> }

export type Watch = {
  /** Called with every charge. */
  seen?: (charge: Charge) => void
  /** Asked before each batch: whether to end early. */
  stop?: () => boolean
}

const batch = 500
/** The resolver asks about a payment more often than this. */
const patienceSeconds = 5 * 60

/**
 * The charges since then that differ from their payments. The provider's list is read before the primary: a payment's
 * row is older than its charge, so a charge whose row is not found has none.
 */
export async function* differences(
  sides: Sides,
  since: Date,
  { seen, stop }: Watch = {}
): AsyncGenerator<Difference> {
  for await (const charges of batches(sides.provider.list(since))) {
    if (stop?.()) return
    const rows = await paymentsOf(sides.db, charges)
    // After the list, and with each batch: an epoch is older than its charges.
    const ours = await findOrigin(sides.db)
    for (const charge of charges) {
      seen?.(charge)
      const payment = rows.get(charge.payment_id)
      // A payment that another provider has decided, or the original of this copy, is not compared.
      if (payment && payment.provider !== null && payment.provider !== ours.provider) continue
      const finding = payment ? compare(charge, payment) : lost(charge, ours)
      if (finding === 'refunds' && !(await isLasting(sides, charge, payment!))) continue
      if (finding) yield { finding, charge, payment }
    }
  }
}

function lost(charge: Charge, ours: OurOrigin): Finding | undefined {
  if (charge.refunded >= charge.amount) return undefined
  return isOurs(charge, ours) ? 'unknown' : 'foreign'
}

function compare(charge: Charge, payment: Payment): Finding | undefined {
  if (charge.amount !== payment.amount || charge.currency !== payment.currency) return 'amount'
  if (payment.status === 'failed') return 'unrecorded'
  if (payment.status === 'processing' || payment.status === 'unknown') {
    const age_ms = Date.now() - charge.decided_at.getTime()
    return age_ms > patienceSeconds * 1000 ? 'unrecorded' : undefined
  }
  if (payment.captured !== charge.amount) return 'amount'
  if (payment.pending === 0) return charge.refunded === payment.returned ? undefined : 'refunds'
  const waiting = payment.waiting_seconds ?? 0
  return payment.order_status === 'cancelled' && waiting > patienceSeconds
    ? 'unreturned'
    : undefined
}

/** A refund is at the provider before it is recorded here: looks again, and counts what differs while nothing is recorded. */
async function isLasting({ db, provider }: Sides, charge: Charge, before: Payment) {
  const again = await findCharge(provider, charge)
  const after = (await paymentsOf(db, [charge])).get(charge.payment_id)
  const isQuiet = after?.pending === 0 && after.returned === before.returned
  return isQuiet && again?.refunded !== after.returned
}

async function findCharge(provider: Sides['provider'], { payment_id, decided_at }: Charge) {
  for await (const charge of provider.list(decided_at)) {
    if (charge.payment_id === payment_id) return charge
    if (charge.decided_at > decided_at) return undefined
  }
  return undefined
}

async function paymentsOf(db: Reader, charges: Charge[]): Promise<Map<string, Payment>> {
  const ids = charges.map(({ payment_id }) => payment_id).filter((id) => uuidForm.test(id))
  return new Map((await findPayments(db, ids)).map((row) => [row.payment_id, row]))
}

async function* batches(charges: AsyncIterable<Charge>): AsyncGenerator<Charge[]> {
  let full: Charge[] = []
  for await (const charge of charges) {
    full.push(charge)
    if (full.length < batch) continue
    yield full
    full = []
  }
  if (full.length > 0) yield full
}
