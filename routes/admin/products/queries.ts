import { sql, type Kysely, type Transaction } from 'kysely'
import { v7 } from 'uuid'
import type { Database, Reader } from '../../../sql/types.ts'
import { selectProduct, toProduct } from '../../products/queries.ts'
import type { NewProduct, ProductChange } from './schema.ts'

/** Any product with its status; without its stock. */
export async function findAnyProduct(db: Reader, id: string) {
  const row = await selectProduct(db)
    .select('products.status')
    .where('products.id', '=', id)
    .executeTakeFirst()
  return row && { ...toProduct(row), status: row.status }
}

/** A product, its stock row and, when it comes with stock, the first movement of its ledger. */
export async function insertProduct(
  trx: Transaction<Database>,
  product: NewProduct,
  slug: string
): Promise<string> {
  const { price, quantity = 0, attributes = {}, ...columns } = product
  const id = v7()
  await trx
    .insertInto('products')
    .values({
      ...columns,
      id,
      slug,
      price: price.amount,
      currency: price.currency,
      attributes: JSON.stringify(attributes)
    })
    .execute()
  await trx.insertInto('inventory').values({ product_id: id, quantity }).execute()
  if (quantity > 0) {
    await trx
      .insertInto('inventory_movements')
      .values({ cause_id: v7(), product_id: id, kind: 'receive', quantity, reason: 'new product' })
      .execute()
  }
  return id
}

/** Changes a product if `version` is its version still, or whatever it is. Answers its slugs, before and after. */
export async function updateProduct(
  db: Kysely<Database>,
  id: string,
  change: ProductChange,
  version?: number
) {
  const { price, attributes, ...columns } = change
  return db
    .with('before', (query) =>
      query.selectFrom('products').select(['id', 'slug']).where('id', '=', id)
    )
    .updateTable('products')
    .from('before')
    .set((eb) => ({
      ...columns,
      ...(price && { price: price.amount, currency: price.currency }),
      ...(attributes && { attributes: JSON.stringify(attributes) }),
      version: eb('products.version', '+', 1),
      updated_at: sql`now()`
    }))
    .whereRef('products.id', '=', 'before.id')
    .$if(version !== undefined, (query) => query.where('products.version', '=', version!))
    .returning(['before.slug as slug_before', 'products.slug'])
    .executeTakeFirst()
}
