import { sql } from 'kysely'
import type { Reader } from '../../../sql/types.ts'

/** How these orders stand: a pending one has not ended. */
export const findEnds = (db: Reader, order_ids: string[]) =>
  db
    .selectFrom('orders')
    .select(['id', 'status', 'confirmed_at', 'total'])
    .where('id', '=', sql<string>`any (${order_ids}::uuid[])`)
    .execute()

export type End = Awaited<ReturnType<typeof findEnds>>[number]
