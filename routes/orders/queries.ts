import { jsonArrayFrom } from 'kysely/helpers/postgres'
import type { Reader } from '../../sql/types.ts'
import type { Order } from './schema.ts'

/** An order of a session, or of whoever asks when no session is given. */
export async function findOrder(
  db: Reader,
  id: string,
  session?: string
): Promise<Order | undefined> {
  const row = await selectOrder(db)
    .where('orders.id', '=', id)
    .$if(session !== undefined, (query) => query.where('orders.session_id', '=', session!))
    .executeTakeFirst()
  return row && toOrder(row)
}

/** A page of a session's orders, newest first, and how many there are in all. */
export async function listOrders(
  db: Reader,
  session: string,
  { page, limit }: { page: number; limit: number }
) {
  const rows = await selectOrder(db)
    .where('orders.session_id', '=', session)
    .orderBy('orders.created_at', 'desc')
    .orderBy('orders.id', 'desc')
    .limit(limit)
    .offset((page - 1) * limit)
    .execute()
  const { total } = await db
    .selectFrom('orders')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('session_id', '=', session)
    .executeTakeFirstOrThrow()
  return { orders: rows.map(toOrder), total }
}

const selectOrder = (db: Reader) =>
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

type Row = Awaited<ReturnType<ReturnType<typeof selectOrder>['executeTakeFirstOrThrow']>>

function toOrder(row: Row): Order {
  const { currency, total, items, shipping_address } = row
  const money = (amount: number) => ({ amount, currency })
  return {
    id: row.id,
    number: row.number,
    status: row.status,
    payment: {
      id: row.payment_id,
      status: row.payment_status,
      amount: money(row.payment_amount),
      provider_reference: row.provider_reference,
      failure_code: row.failure_code
    },
    fulfillment_status: row.fulfillment_status,
    email: row.email,
    shipping_address: shipping_address as Order['shipping_address'],
    items: items.map(({ unit_price, ...item }) => ({
      ...item,
      unit_price: money(unit_price),
      line_total: money(unit_price * item.quantity)
    })),
    subtotal: money(total),
    total: money(total),
    cancel_reason: row.cancel_reason,
    created_at: row.created_at,
    confirmed_at: row.confirmed_at,
    cancelled_at: row.cancelled_at,
    updated_at: row.updated_at
  }
}
