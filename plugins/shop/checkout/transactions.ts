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
  /** Unpaid orders a session; 0: any number. */
  most_pending: number
}

export type PlaceOutcome =
  | { outcome: 'placed' }
  | { outcome: 'exists' }
  | { outcome: 'changed' }
  | { outcome: 'late' }
  | { outcome: 'capped' }
  | { outcome: 'refused'; shortages: Shortage[] }

/** How a payment ended, as the provider told it. given_up: the provider has not answered for too long. */
export type FinishedPayment = {
  order_id: string
  outcome: 'succeeded' | 'failed' | 'given_up'
  /** Why the order is cancelled, should it be. */
  reason: 'payment_declined' | 'payment_failed' | 'expired'
  reference: string | null
  code: string | null
}

export type FinishOutcome = 'confirmed' | 'cancelled' | 'refund' | 'closed' | 'kept'

/** A request that began longer ago than this must not place an order any more: its client may have been told otherwise. */
const patience = '10 s'

/** TX 1 (sql/functions/place_orders.sql), one order. */
export async function placeOrder(
  db: Kysely<Database>,
  order: NewOrder,
  terms: PlaceTerms
): Promise<PlaceOutcome> {
  const ordinals = order.lines.map((_, at) => at + 1)
  const { rows } = await retryStatement(() =>
    sql<{ outcome: PlaceOutcome['outcome']; shortages: Shortage[] | null }>`
      select outcome, shortages from place_orders(
        ${[order.id]}::uuid[], ${[order.number]}::text[], ${[order.session]}::uuid[], ${[order.key]}::text[],
        ${[order.hash]}::bytea[], ${[order.cart_id]}::uuid[], ${[order.payment_id]}::uuid[], ${[order.email]}::text[],
        ${[order.shipping_address ? JSON.stringify(order.shipping_address) : null]}::jsonb[],
        ${[order.total]}::bigint[], ${[order.begun]}::timestamptz[],
        ${terms.currency}::text, ${ms(terms.hold_ms)}::interval, ${ms(terms.lease_ms)}::interval, ${patience}::interval,
        ${ordinals.map(() => 1)}::int[], ${ordinals}::int[],
        ${order.lines.map(({ quantity }) => quantity)}::int[],
        ${order.lines.map(({ unit_price }) => unit_price)}::bigint[],
        ${order.lines.map(({ product_id }) => product_id)}::uuid[],
        ${terms.most_pending}::int)`.execute(db)
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
        ${[payment.order_id]}::uuid[], ${[payment.outcome]}::text[], ${[payment.reason]}::text[],
        ${[payment.reference]}::text[], ${[payment.code]}::text[])`.execute(db)
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

/** Cancels for the buyer or the shop (sql/functions/cancel_order.sql); false: it is in no state to be cancelled. */
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
      select cancel_order(${order_id}::uuid, ${reason}::cancel_reason, ${restock}::boolean) as answer`.execute(
      db
    )
  })
  if (rows[0]!.answer === 'cancelled') return true
  // A try whose answer was lost may have done it.
  return tries > 1 && (await findOrderState(db, order_id))?.cancel_reason === reason
}

/**
 * Runs a statement again, three times in all, when it was a victim (deadlock, serialization, lock timeout) or when its
 * answer was lost. The same ids make that safe; looking instead would prove nothing while the first is still committing.
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
