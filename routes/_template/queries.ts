import type { Reader } from '../../sql/types.ts'
import type { Template } from './schema.ts'

/** `Reader` says that the query may run on the primary, on a replica and in a transaction. */
export const findTemplate = (db: Reader, id: string): Promise<Template | undefined> =>
  db
    .selectFrom('products')
    .select(['id', 'name', 'updated_at'])
    .where('id', '=', id)
    .executeTakeFirst()
