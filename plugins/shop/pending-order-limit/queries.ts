import { sql } from 'kysely'
import type { Reader } from '../../../sql/types.ts'
import { statement } from '../../storage/statement.ts'

/** Which of these orders are pending. */
export async function findPending(db: Reader, order_ids: string[]): Promise<string[]> {
  const rows = await pendingOrders(db, { order_ids })
  return rows.map(({ id }) => id)
}

const pendingOrders = statement((db: Reader, { order_ids }: { order_ids: string[] }) =>
  db
    .selectFrom('orders')
    .select('id')
    .where('id', '=', sql<string>`any (${order_ids}::uuid[])`)
    .where('status', '=', 'pending')
)
