import { sql } from 'kysely'
import type { Reader } from '../../../sql/types.ts'
import type { Stock } from './gate.ts'

/** PostgreSQL's numbers of these products. */
export const findStock = (db: Reader, product_ids: string[]): Promise<Stock[]> =>
  db
    .selectFrom('inventory')
    .select(['product_id', 'quantity', 'version'])
    // One array and not a list, so that the statement is the same for any number of products.
    .where('product_id', '=', sql<string>`any (${product_ids}::uuid[])`)
    .execute()
