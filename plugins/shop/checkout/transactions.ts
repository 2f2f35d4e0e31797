import { setTimeout as wait } from 'node:timers/promises'
import { sql, type Kysely } from 'kysely'
import type { Database } from '../../../sql/types.ts'
import { isOutage } from '../../kernel/errors/outage.ts'
import type { Shortage } from '../reservation/index.ts'
import type { NewOrder } from './new-order.ts'
import { findOrderState } from './order.ts'

export type PlaceTerms = {
  currency: string
  hold_ms: number
  lease_ms: number
  /** How many pending orders a session may have; 0: any number. */
  most_pending: number
}

export type PlaceOutcome =
  | { outcome: 'placed' }
  | { outcome: 'exists' }
  | { outcome: 'changed' }
  | { outcome: 'late' }
  | { outcome: 'capped' }
  | { outcome: 'refused'; shortages: Shortage[] }

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

/** A request that began longer ago than this places no order: its client may have been told that it failed. */
const patience = '10 s'

/** TX 1 (sql/functions/place_orders.sql), one order. */
export async function placeOrder(
  db: Kysely<Database>,
  order: NewOrder,
  terms: PlaceTerms
): Promise<PlaceOutcome> {
  const { lines, shipping_address } = order
  const address = shipping_address ? JSON.stringify(shipping_address) : null
  const { rows } = await retryStatement(() =>
    sql<{ outcome: PlaceOutcome['outcome']; shortages: Shortage[] | null }>`
      select outcome, shortages from place_orders(
        p_id => ${[order.id]}::uuid[],
        p_number => ${[order.number]}::text[],
        p_session => ${[order.session]}::uuid[],
        p_key => ${[order.key]}::text[],
        p_hash => ${[order.hash]}::bytea[],
        p_cart => ${[order.cart_id]}::uuid[],
        p_payment => ${[order.payment_id]}::uuid[],
        p_email => ${[order.email]}::text[],
        p_address => ${[address]}::jsonb[],
        p_total => ${[order.total]}::bigint[],
        p_begun => ${[order.begun]}::timestamptz[],
        p_currency => ${terms.currency}::text,
        p_hold => ${ms(terms.hold_ms)}::interval,
        p_lease => ${ms(terms.lease_ms)}::interval,
        p_patience => ${patience}::interval,
        l_order => ${lines.map(() => 1)}::int[],
        l_product => ${lines.map((_, at) => at + 1)}::int[],
        l_quantity => ${lines.map(({ quantity }) => quantity)}::int[],
        l_price => ${lines.map(({ unit_price }) => unit_price)}::bigint[],
        s_id => ${lines.map(({ product_id }) => product_id)}::uuid[],
        p_most_pending => ${terms.most_pending}::int,
        p_hashed => true,
        p_purchase => ${[order.purchase]}::uuid[])`.execute(db)
  )
  const { outcome, shortages } = rows[0]!
  return outcome === 'refused' ? { outcome, shortages: shortages ?? [] } : { outcome }
}

/** TX 2 (sql/functions/finish_orders.sql), one order. */
export async function finishOrder(
  db: Kysely<Database>,
  payment: FinishedPayment
): Promise<FinishOutcome> {
  const { rows } = await retryStatement(() =>
    sql<{ outcome: FinishOutcome }>`
      select outcome from finish_orders(
        p_id => ${[payment.order_id]}::uuid[],
        p_outcome => ${[payment.outcome]}::text[],
        p_reason => ${[payment.reason]}::text[],
        p_reference => ${[payment.reference]}::text[],
        p_code => ${[payment.code]}::text[])`.execute(db)
  )
  return rows[0]!.outcome
}

/** The provider's answer was lost: the resolver looks at the payment in a second. */
export const recordUnknownOutcome = (db: Kysely<Database>, order_id: string) =>
  retryStatement(() =>
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
      .execute()
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

/**
 * Runs a statement up to three times: again when it was a victim (deadlock, serialization, lock timeout) or when its
 * answer was lost. The same ids make that safe. Reading the row instead would prove nothing: the first may still commit.
 */
export async function retryStatement<T>(statement: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await statement()
    } catch (err) {
      if (attempt === 3 || !(isVictim(err) || isOutage(err))) throw err
      await wait(50 * attempt * Math.random())
    }
  }
}

const isVictim = (err: unknown) =>
  err instanceof Error && 'code' in err && ['40P01', '40001', '55P03'].includes(String(err.code))

const ms = (milliseconds: number) => `${milliseconds} milliseconds`
