import { sql } from 'kysely'
import type { Reader } from '../../../sql/types.ts'
import { statement } from '../../storage/statement.ts'
import type { Stock } from './gate.ts'

/** PostgreSQL's numbers of these products. */
export const findStock = (db: Reader, product_ids: string[]): Promise<Stock[]> =>
  stockOf(db, { product_ids })

const stockOf = statement((db: Reader, { product_ids }: { product_ids: string[] }) =>
  db
    .selectFrom('inventory')
    .select(['product_id', 'quantity', 'version'])
    .where('product_id', '=', sql<string>`any (${product_ids}::uuid[])`)
)
