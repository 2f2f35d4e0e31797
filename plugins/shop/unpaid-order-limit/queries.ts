import { sql } from 'kysely'
import type { Reader } from '../../../sql/types.ts'
import { statement } from '../../storage/statement.ts'

/** How these orders stand: a pending one has not ended. */
export const findEnds = statement((db: Reader, { order_ids }: { order_ids: string[] }) =>
  db
    .selectFrom('orders')
    .select(['id', 'status', 'confirmed_at', 'total'])
    .where('id', '=', sql<string>`any (${order_ids}::uuid[])`)
)

export type End = Awaited<ReturnType<typeof findEnds>>[number]
