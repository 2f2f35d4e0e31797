import { uuidForm } from '../../kernel/http/schemas.ts'
import type { Charge, PaymentProvider } from '../../shop/payments/port.ts'
import type { Reader } from '../../../sql/types.ts'
import { findBooks, type Books } from './queries.ts'

/**
 * unknown     charged, and not given back, and there is no such payment: its order was lost
 * amount      another amount or currency than the payment's
 * unrecorded  charged, and the payment has failed, or is in doubt for longer than the resolver needs
 * unreturned  its order is cancelled, and the refund that was promised has not gone through for minutes
 * refunds     the provider has given back more or less than the books say
 */
export const findings = ['unknown', 'amount', 'unrecorded', 'unreturned', 'refunds'] as const
export type Finding = (typeof findings)[number]

export type Difference = { finding: Finding; charge: Charge; books: Books | undefined }

type Sides = { db: Reader; provider: Pick<PaymentProvider, 'list'> }

export type Watch = {
  /** Is told of every charge. */
  seen?: (charge: Charge) => void
  /** Asked now and then. */
  stop?: () => boolean
}

const batch = 500
/** The resolver asks at least as often as this. */
const patienceSeconds = 5 * 60

/**
 * Where the provider's charges since then and our books differ. The list is read first and the primary afterwards: a
 * charge is never older than its payment's row, so what has no row then has none.
 */
export async function* differences(
  sides: Sides,
  since: Date,
  { seen, stop }: Watch = {}
): AsyncGenerator<Difference> {
  for await (const charges of batches(sides.provider.list(since))) {
    if (stop?.()) return
    const rows = await booksOf(sides.db, charges)
    for (const charge of charges) {
      seen?.(charge)
      const books = rows.get(charge.payment_id)
      const finding = compare(charge, books)
      if (finding === 'refunds' && !(await isLasting(sides, charge, books!))) continue
      if (finding) yield { finding, charge, books }
    }
  }
}

function compare(charge: Charge, books: Books | undefined): Finding | undefined {
  if (!books) return charge.refunded < charge.amount ? 'unknown' : undefined
  if (charge.amount !== books.amount || charge.currency !== books.currency) return 'amount'
  if (books.status === 'failed') return 'unrecorded'
  if (books.status === 'processing' || books.status === 'unknown') {
    const age_ms = Date.now() - charge.decided_at.getTime()
    return age_ms > patienceSeconds * 1000 ? 'unrecorded' : undefined
  }
  if (books.captured !== charge.amount) return 'amount'
  if (books.waiting_seconds === null)
    return charge.refunded === books.returned ? undefined : 'refunds'
  const isLate = books.order_status === 'cancelled' && books.waiting_seconds > patienceSeconds
  return isLate ? 'unreturned' : undefined
}

/** A refund goes to the provider first. Only between two equal looks at the books must the provider say the same. */
async function isLasting({ db, provider }: Sides, charge: Charge, before: Books) {
  const again = await findCharge(provider, charge)
  const after = (await booksOf(db, [charge])).get(charge.payment_id)
  const isQuiet = after?.waiting_seconds === null && after.returned === before.returned
  return isQuiet && again?.refunded !== after.returned
}

async function findCharge(provider: Sides['provider'], { payment_id, decided_at }: Charge) {
  for await (const charge of provider.list(decided_at)) {
    if (charge.payment_id === payment_id) return charge
    if (charge.decided_at > decided_at) return undefined
  }
  return undefined
}

async function booksOf(db: Reader, charges: Charge[]): Promise<Map<string, Books>> {
  const ids = charges.map(({ payment_id }) => payment_id).filter((id) => uuidForm.test(id))
  return new Map((await findBooks(db, ids)).map((row) => [row.payment_id, row]))
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
