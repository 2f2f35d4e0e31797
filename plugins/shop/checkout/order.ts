import { sql, type Kysely } from 'kysely'
import { jsonArrayFrom } from 'kysely/helpers/postgres'
import type { Database, Reader } from '../../../sql/types.ts'
import { lsnFrom, type Lsn } from '../../storage/lsn.ts'
import { statement } from '../../storage/statement.ts'

/** An order with its payment and its line items, as its buyer may see it. */
export const selectOrder = (db: Reader) =>
  db
    .selectFrom('orders')
    .innerJoin('payments', 'payments.order_id', 'orders.id')
    .select([
      'orders.id',
      'orders.number',
      'orders.status',
      'orders.fulfillment_status',
      'orders.email',
      'orders.shipping_address',
      'orders.currency',
      'orders.total',
      'orders.cancel_reason',
      'orders.created_at',
      'orders.confirmed_at',
      'orders.cancelled_at',
      'orders.updated_at',
      'payments.id as payment_id',
      'payments.status as payment_status',
      'payments.amount as payment_amount',
      'payments.provider_reference',
      'payments.failure_code'
    ])
    .select((eb) =>
      jsonArrayFrom(
        eb
          .selectFrom('order_items')
          .select(['product_id', 'sku', 'name', 'quantity', 'unit_price'])
          .whereRef('order_items.order_id', '=', 'orders.id')
          .orderBy('position')
      ).as('items')
    )

/** An order with its payment and its line items. */
export type OrderRow = Awaited<
  ReturnType<ReturnType<typeof selectOrder>['executeTakeFirstOrThrow']>
>

/** An order with what decides how a request for it is answered. */
export type OrderState = Awaited<ReturnType<typeof orderState>>[number]

/** Always asked on the primary. */
export async function findOrderState(
  db: Reader,
  order_id: string
): Promise<OrderState | undefined> {
  const [order] = await orderState(db, { order_id })
  return order
}

/** Orders that exist, in the order of their ids, and a position of the log at or after everything that they show. */
export async function findOrderStates(
  db: Kysely<Database>,
  order_ids: string[]
): Promise<{ order: OrderState; lsn: Lsn }[]> {
  const rows = await orderStates(db, { order_ids })
  const found = new Map(rows.map(({ lsn, ...order }) => [order.id, { order, lsn: lsnFrom(lsn) }]))
  return order_ids.map((id) => found.get(id)!)
}

/** The session's newest order, if it was bought from a cart less than ten minutes ago: a late double click means it. */
export async function findJustBought(db: Reader, session: string): Promise<OrderState | undefined> {
  const [order] = await justBought(db, { session })
  return order
}

const selectState = (db: Reader) =>
  selectOrder(db).select([
    'orders.session_id',
    'orders.request_hash',
    // null when the resolver has nothing to do; negative when it is late
    sql<number | null>`extract(epoch from payments.check_at - clock_timestamp())::float8`.as(
      'check_in_seconds'
    ),
    sql<number>`extract(epoch from clock_timestamp() - orders.created_at)::float8`.as('age_seconds')
  ])

const orderState = statement((db: Reader, { order_id }: { order_id: string }) =>
  selectState(db).where('orders.id', '=', order_id)
)

const orderStates = statement((db: Reader, { order_ids }: { order_ids: string[] }) =>
  selectState(db)
    .select(sql<string>`pg_current_wal_insert_lsn()::text`.as('lsn'))
    .where('orders.id', '=', sql<string>`any (${order_ids}::uuid[])`)
)

const justBought = statement((db: Reader, { session }: { session: string }) =>
  selectState(db)
    .where('orders.session_id', '=', session)
    .where('orders.cart_id', 'is not', null)
    .where('orders.confirmed_at', '>', sql<Date>`now() - interval '10 minutes'`)
    .orderBy('orders.created_at', 'desc')
    .limit(sql.lit(1))
)
