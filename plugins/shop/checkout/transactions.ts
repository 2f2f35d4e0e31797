import { sql, type Kysely } from 'kysely'
import type { Database } from '../../../sql/types.ts'
import { statement } from '../../storage/statement.ts'
import type { Stock } from '../reservation/index.ts'
import type { Left } from '../reservation/left.ts'
import { findOrderState } from './order.ts'
import { retryStatement } from './retry-statement.ts'

/** How a payment ended, by the provider's answer. given_up: the provider has not answered for too long. */
export type FinishedPayment = {
  order_id: string
  outcome: 'succeeded' | 'failed' | 'given_up'
  /** Why the order is cancelled, if it is. */
  reason: 'payment_declined' | 'payment_failed' | 'expired'
  reference: string | null
  code: string | null
}

export type FinishOutcome = 'confirmed' | 'cancelled' | 'refund' | 'closed' | 'kept'

/** How a payment ended an order, and the stock that there is since units have come back. */
export type Finished = { outcome: FinishOutcome; left: Left }

/** TX 2 (sql/functions/finish_orders.sql): at most one outcome of an order. It may be run again. */
export async function finishOrders(
  db: Kysely<Database>,
  payments: FinishedPayment[]
): Promise<Finished[]> {
  const asked_at = performance.now()
  const of = <Name extends keyof FinishedPayment>(name: Name) =>
    payments.map((payment) => payment[name])
  const rows = await finish(db, {
    ids: of('order_id'),
    outcomes: of('outcome'),
    reasons: of('reason'),
    references: of('reference'),
    codes: of('code')
  })
  const left = { stock: rows.flatMap(({ stock }) => stock ?? []), asked_at }
  const outcomes = new Map(rows.map(({ order_id, outcome }) => [order_id, outcome]))
  return payments.map(({ order_id }) => ({ outcome: outcomes.get(order_id)!, left }))
}

type Columns = Record<'ids' | 'outcomes' | 'reasons' | 'references' | 'codes', (string | null)[]>
type FinishedRow = { order_id: string; outcome: FinishOutcome; stock: Stock[] | null }

const finish = statement(
  (_db: Kysely<Database>, p: Columns) => sql<FinishedRow>`
      select order_id, outcome, stock from finish_orders(
        p_id => ${p.ids}::uuid[],
        p_outcome => ${p.outcomes}::text[],
        p_reason => ${p.reasons}::text[],
        p_reference => ${p.references}::text[],
        p_code => ${p.codes}::text[])`
)

/** The provider's answer was lost: the resolver looks at the payment in a second. */
export const recordUnknownOutcome = (db: Kysely<Database>, order_id: string) =>
  retryStatement(() => unknownOutcome(db, { order_id }))

const unknownOutcome = statement((db: Kysely<Database>, { order_id }: { order_id: string }) =>
  db
    .updateTable('payments')
    .set((eb) => ({
      status: 'unknown',
      check_at: sql`clock_timestamp() + interval '1 s'`,
      version: eb('version', '+', 1),
      updated_at: sql`now()`
    }))
    .where('order_id', '=', order_id)
    .where('status', '=', 'processing')
)

/** Cancels for the buyer or the shop (sql/functions/cancel_order.sql). false: the order's state does not allow it. */
export async function cancelOrder(
  db: Kysely<Database>,
  order_id: string,
  reason: 'customer' | 'admin',
  restock: boolean
) {
  let tries = 0
  const { rows } = await retryStatement(() => {
    tries++
    return sql<{ answer: string }>`
      select cancel_order(
        p_id => ${order_id}::uuid,
        p_reason => ${reason}::cancel_reason,
        p_restock => ${restock}::boolean) as answer`.execute(db)
  })
  if (rows[0]!.answer === 'cancelled') return true
  // An earlier try whose answer was lost may have cancelled it.
  return tries > 1 && (await findOrderState(db, order_id))?.cancel_reason === reason
}
