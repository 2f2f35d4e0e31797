import type { Reader } from '../../../sql/types.ts'

/** Which of these orders are pending. */
export async function findPending(db: Reader, order_ids: string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('orders')
    .select('id')
    .where('id', 'in', order_ids)
    .where('status', '=', 'pending')
    .execute()
  return rows.map(({ id }) => id)
}
