import { sql } from 'kysely'
import { selectOrder } from '../../plugins/shop/checkout/order.ts'
import { lsnFrom } from '../../plugins/storage/lsn.ts'
import type { Source } from '../../plugins/storage/read-routing/index.ts'
import { statement } from '../../plugins/storage/statement.ts'
import type { Reader } from '../../sql/types.ts'

/** An order of a session. */
export async function findOrder(
  db: Reader,
  id: string,
  session: string,
  source: Source = { target: 'primary' }
) {
  const [order] = await orderOfSession(db, { id, session, on_replica: isReplica(source) })
  noteSeen(source, order)
  return order
}

/** A page of a session's orders, newest first, and how many there are in all. */
export async function listOrders(
  db: Reader,
  session: string,
  { page, limit }: { page: number; limit: number },
  source: Source
) {
  const offset = (page - 1) * limit
  const on_replica = isReplica(source)
  const orders = await ordersOfSession(db, { session, limit, offset, on_replica })
  // A page that is not full is the last one, unless it lies behind the last one.
  if (orders.length < limit && (orders.length > 0 || page === 1)) {
    noteSeen(source, orders[0])
    return { orders, total: offset + orders.length }
  }
  const [count] = await countOrders(db, { session })
  return { orders, total: count!.total }
}

const isReplica = ({ target }: Source) => target !== 'primary'

/** The position came with the rows. The count of a list is a later statement, which may see more. */
function noteSeen(source: Source, row: { seen: string | null } | undefined) {
  if (row?.seen) source.seen = lsnFrom(row.seen)
}

type OfSession = { session: string; on_replica: boolean }

const selectSeen = (db: Reader, { on_replica }: OfSession) =>
  selectOrder(db).select(sql<string | null>`(select position_seen(${on_replica})::text)`.as('seen'))

const orderOfSession = statement((db: Reader, given: OfSession & { id: string }) =>
  selectSeen(db, given)
    .where('orders.id', '=', given.id)
    .where('orders.session_id', '=', given.session)
)

const ordersOfSession = statement(
  (db: Reader, given: OfSession & { limit: number; offset: number }) =>
    selectSeen(db, given)
      .where('orders.session_id', '=', given.session)
      .orderBy('orders.created_at', 'desc')
      .orderBy('orders.id', 'desc')
      .limit(given.limit)
      .offset(given.offset)
)

const countOrders = statement((db: Reader, { session }: { session: string }) =>
  db
    .selectFrom('orders')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('session_id', '=', session)
)
