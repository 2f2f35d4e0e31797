import { sql } from 'kysely'
import { jsonArrayFrom } from 'kysely/helpers/postgres'
import type { Reader } from '../../../sql/types.ts'

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
export type OrderState = NonNullable<Awaited<ReturnType<typeof findOrderState>>>

/** Always asked on the primary. */
export const findOrderState = (db: Reader, order_id: string) =>
  selectState(db).where('orders.id', '=', order_id).executeTakeFirst()

/** The order of this session and key, if any. */
export const findByKey = (db: Reader, session: string, key: string) =>
  selectState(db)
    .where('orders.session_id', '=', session)
    .where('orders.idempotency_key', '=', key)
    .executeTakeFirst()

/**
 * The order of another session that is the same purchase: one of the two requests named no session, so that it has the
 * session `purchase`, which is made of key and body. Requests of two sessions that clients named are two purchases.
 */
export const findSamePurchase = (
  db: Reader,
  { session, purchase, key, hash }: { session: string; purchase: string; key: string; hash: Buffer }
) =>
  selectState(db)
    .where('orders.idempotency_key', '=', key)
    .where('orders.cart_id', 'is', null)
    .where('orders.request_hash', '=', hash)
    .$if(session !== purchase, (query) => query.where('orders.session_id', '=', purchase))
    .orderBy('orders.created_at')
    .limit(1)
    .executeTakeFirst()

/** The order that a cart has become: pending or confirmed. The schema allows one. */
export const findLiveOrder = (db: Reader, cart_id: string) =>
  selectState(db)
    .where('orders.cart_id', '=', cart_id)
    .where('orders.status', '<>', 'cancelled')
    .executeTakeFirst()

/** The session's newest order, if it was bought from a cart less than ten minutes ago: a late double click means it. */
export const findJustBought = (db: Reader, session: string) =>
  selectState(db)
    .where('orders.session_id', '=', session)
    .where('orders.cart_id', 'is not', null)
    .where('orders.confirmed_at', '>', sql<Date>`now() - interval '10 minutes'`)
    .orderBy('orders.created_at', 'desc')
    .limit(1)
    .executeTakeFirst()

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
