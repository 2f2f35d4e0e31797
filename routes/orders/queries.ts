import { selectOrder } from '../../plugins/shop/checkout/order.ts'
import type { Reader } from '../../sql/types.ts'

/** An order of a session. */
export const findOrder = (db: Reader, id: string, session: string) =>
  selectOrder(db)
    .where('orders.id', '=', id)
    .where('orders.session_id', '=', session)
    .executeTakeFirst()

/** A page of a session's orders, newest first, and how many there are in all. */
export async function listOrders(
  db: Reader,
  session: string,
  { page, limit }: { page: number; limit: number }
) {
  const orders = await selectOrder(db)
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
  return { orders, total }
}
