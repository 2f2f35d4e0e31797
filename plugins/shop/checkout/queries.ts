import { sql } from 'kysely'
import type { Reader } from '../../../sql/types.ts'
import { statement } from '../../storage/statement.ts'
import type { Line } from '../reservation/index.ts'

/** Line items of orders, the carts that they came from, and the orders' states. Unknown orders are left out. */
export async function findPurchases(db: Reader, order_ids: string[]) {
  const rows = await purchases(db, { order_ids })
  return [...Map.groupBy(rows, ({ id }) => id).values()].map((items) => {
    const { session_id: session, cart_id, status, confirmed_at } = items[0]!
    const lines: Line[] = items.map(({ product_id, quantity }) => ({ product_id, quantity }))
    return { session, cart_id, status, confirmed_at, lines }
  })
}

const purchases = statement((db: Reader, { order_ids }: { order_ids: string[] }) =>
  db
    .selectFrom('orders')
    .innerJoin('order_items', 'order_items.order_id', 'orders.id')
    .select([
      'orders.id',
      'orders.session_id',
      'orders.cart_id',
      'orders.status',
      'orders.confirmed_at',
      'order_items.product_id',
      'order_items.quantity'
    ])
    .where('orders.id', '=', sql<string>`any (${order_ids}::uuid[])`)
)

/** In how many seconds the resolver looks at the first of these pending orders, or of those of a session. */
export async function findNextCheck(
  db: Reader,
  which: { ids: string[] } | { session: string }
): Promise<number> {
  const { seconds } = await db
    .selectFrom('orders')
    .innerJoin('payments', 'payments.order_id', 'orders.id')
    .select(
      sql<number>`coalesce(extract(epoch from min(payments.check_at) - clock_timestamp()), 0)::float8`.as(
        'seconds'
      )
    )
    .where('orders.status', '=', 'pending')
    .where((eb) =>
      'ids' in which
        ? eb('orders.id', '=', sql<string>`any (${which.ids}::uuid[])`)
        : eb('orders.session_id', '=', which.session)
    )
    .executeTakeFirstOrThrow()
  return seconds
}

/** Up to three orders whose reservation of one of these products has expired. */
export const findDueHolds = statement((db: Reader, { product_ids }: { product_ids: string[] }) =>
  db
    .selectFrom('reservations')
    .innerJoin('order_items', 'order_items.order_id', 'reservations.order_id')
    .select('reservations.order_id')
    .distinct()
    .where('reservations.status', '=', sql.lit('active'))
    .where('reservations.expires_at', '<=', sql<Date>`clock_timestamp()`)
    .where('order_items.product_id', '=', sql<string>`any (${product_ids}::uuid[])`)
    .limit(sql.lit(3))
)

/** A refund, the key of its present attempt, and whether its payment was decided by the provider of today. */
export type PendingRefund = Awaited<ReturnType<typeof findPendingRefunds>>[number]

export const findPendingRefunds = (db: Reader, payment_id: string) =>
  db
    .selectFrom('refunds')
    .innerJoin('payments', 'payments.id', 'refunds.payment_id')
    .innerJoin('cluster', (join) => join.onTrue())
    .select([
      'refunds.id',
      'refunds.amount',
      'refunds.provider_reference',
      sql<string>`coalesce(refunds.provider_key, refunds.id)`.as('key'),
      sql<boolean>`payments.provider is null or payments.provider is not distinct from cluster.provider`.as(
        'is_ours'
      )
    ])
    .where('refunds.payment_id', '=', payment_id)
    .where('refunds.status', '=', 'pending')
    .execute()

/** Payments and refunds that have not ended, by status. */
export const measureOpenPayments = (db: Reader) =>
  db
    .selectFrom('payments')
    .select([
      'status',
      'currency',
      sql<number>`count(*)`.as('payments'),
      sql<number>`sum(amount)::float8`.as('amount'),
      sql<number>`extract(epoch from clock_timestamp() - min(created_at))::float8`.as(
        'oldest_seconds'
      )
    ])
    .where('check_at', 'is not', null)
    .groupBy(['status', 'currency'])
    .execute()

/** Active reservations: orders that are not paid yet, and the units that are held for them. */
export const measureHolds = (db: Reader) =>
  db
    .selectFrom('reservations')
    .innerJoin('order_items', 'order_items.order_id', 'reservations.order_id')
    .select([
      sql<number>`count(distinct reservations.order_id)`.as('orders'),
      sql<number>`coalesce(sum(order_items.quantity), 0)::float8`.as('units')
    ])
    .where('reservations.status', '=', 'active')
    .executeTakeFirstOrThrow()

/** How long the oldest refund of an order that was cancelled has been pending, in seconds; 0: none is. */
export async function findOldestOrphan(db: Reader): Promise<number> {
  const { seconds } = await db
    .selectFrom('payments')
    .innerJoin('refunds', 'refunds.payment_id', 'payments.id')
    .innerJoin('orders', 'orders.id', 'payments.order_id')
    .select(
      sql<number>`coalesce(extract(epoch from clock_timestamp() - min(refunds.created_at)), 0)::float8`.as(
        'seconds'
      )
    )
    // The partial index: few payments are open at any time.
    .where('payments.check_at', 'is not', null)
    .where('payments.status', '=', 'refund_pending')
    .where('refunds.status', '=', 'pending')
    .where('orders.status', '=', 'cancelled')
    .executeTakeFirstOrThrow()
  return seconds
}

/** Refunds that have failed: money that is owed to buyers and that waits for an operator. */
export const measureFailedRefunds = (db: Reader) =>
  db
    .selectFrom('refunds')
    .innerJoin('payments', 'payments.id', 'refunds.payment_id')
    .select([
      'payments.currency',
      sql<number>`count(*)`.as('refunds'),
      sql<number>`sum(refunds.amount)::float8`.as('amount')
    ])
    // The partial index: few refunds fail.
    .where('refunds.failure_code', 'is not', null)
    .where('refunds.status', '=', 'failed')
    .groupBy('payments.currency')
    .execute()
