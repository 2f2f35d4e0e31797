import { sql, type Kysely } from 'kysely'
import type { Database } from '../../../sql/types.ts'
import type { Shortage, Stock } from '../reservation/index.ts'
import { nothingLeft, type Left } from '../reservation/left.ts'
import type { NewOrder } from './new-order.ts'
import { findOrderState } from './order.ts'
import { retryStatement } from './retry-statement.ts'

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

/** What TX 1 decided of an order, and the stock that it has left. */
export type Decided = PlaceOutcome & { left: Left }

/** TX 1 (sql/functions/place_orders.sql): at most one order of a session and of a purchase. It may be run again. */
export async function placeOrders(
  db: Kysely<Database>,
  orders: NewOrder[],
  terms: PlaceTerms
): Promise<Decided[]> {
  const asked_at = performance.now()
  const { lines, products } = flatten(orders)
  const of = <T>(value: (order: NewOrder) => T) => orders.map(value)
  const { rows } = await sql<{
    outcome: PlaceOutcome['outcome']
    shortages: Shortage[] | null
    stock: Stock[] | null
  }>`
      select outcome, shortages, stock from place_orders(
        p_id => ${of(({ id }) => id)}::uuid[],
        p_number => ${of(({ number }) => number)}::text[],
        p_session => ${of(({ session }) => session)}::uuid[],
        p_key => ${of(({ key }) => key)}::text[],
        p_hash => ${of(({ hash }) => hash)}::bytea[],
        p_cart => ${of(({ cart_id }) => cart_id)}::uuid[],
        p_payment => ${of(({ payment_id }) => payment_id)}::uuid[],
        p_email => ${of(({ email }) => email)}::text[],
        p_address => ${of(addressOf)}::jsonb[],
        p_total => ${of(({ total }) => total)}::bigint[],
        p_begun => ${of(({ begun }) => begun)}::timestamptz[],
        p_currency => ${terms.currency}::text,
        p_hold => ${ms(terms.hold_ms)}::interval,
        p_lease => ${ms(terms.lease_ms)}::interval,
        p_patience => ${patience}::interval,
        l_order => ${lines.map(({ order }) => order)}::int[],
        l_product => ${lines.map(({ product }) => product)}::int[],
        l_quantity => ${lines.map(({ quantity }) => quantity)}::int[],
        l_price => ${lines.map(({ unit_price }) => unit_price)}::bigint[],
        s_id => ${products}::uuid[],
        p_most_pending => ${terms.most_pending}::int,
        p_hashed => true,
        p_purchase => ${of(({ purchase }) => purchase)}::uuid[])
      order by ord`.execute(db)
  const left = { stock: rows[0]!.stock ?? [], asked_at }
  return rows.map(({ outcome, shortages }) => {
    if (outcome === 'refused') return { outcome, shortages: shortages ?? [], left: nothingLeft }
    return { outcome, left: outcome === 'placed' ? left : nothingLeft }
  })
}

/** The lines of all orders, with ordinals from 1 in place of orders and products. */
function flatten(orders: NewOrder[]) {
  const ordinals = new Map<string, number>()
  const ordinal = (product_id: string) => {
    const known = ordinals.get(product_id) ?? ordinals.size + 1
    ordinals.set(product_id, known)
    return known
  }
  const lines = orders.flatMap((order, at) =>
    order.lines.map(({ product_id, quantity, unit_price }) => ({
      order: at + 1,
      product: ordinal(product_id),
      quantity,
      unit_price
    }))
  )
  return { lines, products: [...ordinals.keys()] }
}

const addressOf = ({ shipping_address }: NewOrder) =>
  shipping_address ? JSON.stringify(shipping_address) : null

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
  const { rows } = await sql<{ order_id: string; outcome: FinishOutcome; stock: Stock[] | null }>`
      select order_id, outcome, stock from finish_orders(
        p_id => ${of('order_id')}::uuid[],
        p_outcome => ${of('outcome')}::text[],
        p_reason => ${of('reason')}::text[],
        p_reference => ${of('reference')}::text[],
        p_code => ${of('code')}::text[])`.execute(db)
  const left = { stock: rows.flatMap(({ stock }) => stock ?? []), asked_at }
  const outcomes = new Map(rows.map(({ order_id, outcome }) => [order_id, outcome]))
  return payments.map(({ order_id }) => ({ outcome: outcomes.get(order_id)!, left }))
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

const ms = (milliseconds: number) => `${milliseconds} milliseconds`
