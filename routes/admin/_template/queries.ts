import type { Reader } from '../../../sql/types.ts'
import type { Template, TemplateQuery } from './schema.ts'

/** One page, newest first, and how many rows there are in all. The order ends with the id, so that pages do not overlap. */
export async function listTemplate(
  db: Reader,
  { page, limit }: TemplateQuery
): Promise<{ items: Template[]; total: number }> {
  const items = await db
    .selectFrom('products')
    .select(['id', 'name', 'updated_at'])
    .orderBy('updated_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .offset((page - 1) * limit)
    .execute()
  const { total } = await db
    .selectFrom('products')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  return { items, total }
}
