import type { Reader } from '../../../sql/types.ts'
import type { Stock } from './gate.ts'

/** PostgreSQL's numbers of these products. */
export const findStock = (db: Reader, product_ids: string[]): Promise<Stock[]> =>
  db
    .selectFrom('inventory')
    .select(['product_id', 'quantity', 'version'])
    .where('product_id', 'in', product_ids)
    .execute()
