import type { Reader } from '../../sql/types.ts'

/** What a cart shows of its products. */
export const findCartProducts = (db: Reader, product_ids: string[]) =>
  db
    .selectFrom('products')
    .select(['id', 'sku', 'name', 'price', 'status'])
    .where('id', 'in', product_ids)
    .execute()
