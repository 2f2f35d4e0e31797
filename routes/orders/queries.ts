import { selectOrder } from '../../plugins/shop/checkout/order.ts'
import { statement } from '../../plugins/storage/statement.ts'
import type { Reader } from '../../sql/types.ts'

/** An order of a session. */
export async function findOrder(db: Reader, id: string, session: string) {
  const [order] = await orderOfSession(db, { id, session })
  return order
}

/** A page of a session's orders, newest first, and how many there are in all. */
export async function listOrders(
  db: Reader,
  session: string,
  { page, limit }: { page: number; limit: number }
) {
  const offset = (page - 1) * limit
  const orders = await ordersOfSession(db, { session, limit, offset })
  // A page that is not full is the last one, unless it lies behind the last one.
  if (orders.length < limit && (orders.length > 0 || page === 1))
    return { orders, total: offset + orders.length }
  const [count] = await countOrders(db, { session })
  return { orders, total: count!.total }
}

type OfSession = { session: string }

const orderOfSession = statement((db: Reader, { id, session }: OfSession & { id: string }) =>
  selectOrder(db).where('orders.id', '=', id).where('orders.session_id', '=', session)
)

const ordersOfSession = statement(
  (db: Reader, { session, limit, offset }: OfSession & { limit: number; offset: number }) =>
    selectOrder(db)
      .where('orders.session_id', '=', session)
      .orderBy('orders.created_at', 'desc')
      .orderBy('orders.id', 'desc')
      .limit(limit)
      .offset(offset)
)

const countOrders = statement((db: Reader, { session }: OfSession) =>
  db
    .selectFrom('orders')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('session_id', '=', session)
)
