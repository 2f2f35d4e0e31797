import { sql } from 'kysely'
import { statement } from '../../plugins/storage/statement.ts'
import type { Reader } from '../../sql/types.ts'
import type { Category } from './schema.ts'

/** All categories: roots first, then by parent, and by name as a dictionary sorts. */
export const listCategories: (db: Reader) => Promise<Category[]> = statement((db: Reader) =>
  db
    .selectFrom('categories')
    .select(['id', 'slug', 'name', 'description', 'parent_id'])
    .orderBy('parent_id', (order) => order.nullsFirst())
    .orderBy(sql`name_in_order(name) collate "und-x-icu"`)
    .orderBy('id')
)
