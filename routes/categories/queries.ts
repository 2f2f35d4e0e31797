import type { Reader } from '../../sql/types.ts'
import type { Category } from './schema.ts'

/** All categories: roots first, then by parent, and by name. */
export const listCategories = (db: Reader): Promise<Category[]> =>
  db
    .selectFrom('categories')
    .select(['id', 'slug', 'name', 'description', 'parent_id'])
    .orderBy('parent_id', (order) => order.nullsFirst())
    .orderBy('name')
    .orderBy('id')
    .execute()
