import { sql, type Kysely, type QueryCreator, type Transaction } from 'kysely'
import { newId } from '../../../plugins/lib/ids.ts'
import { statement } from '../../../plugins/storage/statement.ts'
import type { Json } from '../../../sql/database.ts'
import type { Database, Reader } from '../../../sql/types.ts'
import { selectProduct, toProduct } from '../../products/queries.ts'
import { freeSlug } from './free-slug.ts'
import type { NewProduct, ProductPatch } from './schema.ts'

/** A product of any status, with its status and without its stock. */
export async function findAnyProduct(db: Reader, id: string) {
  const [row] = await anyProduct(db, { id })
  return row && { ...toProduct(row), status: row.status }
}

const anyProduct = statement((db: Reader, { id }: { id: string }) =>
  selectProduct(db).select('products.status').where('products.id', '=', id)
)

/** Inserts a product, its stock row and, when it has stock, the first movement in the stock ledger. */
export async function insertProduct(trx: Transaction<Database>, product: NewProduct) {
  const { price, quantity = 0, attributes = {}, ...columns } = product
  const id = newId()
  const slug = product.slug ?? (await freeSlug(trx, { ...columns, id }))
  await trx
    .with('changed', (query) =>
      query
        .insertInto('products')
        .values({
          ...columns,
          id,
          slug,
          price: price.amount,
          currency: price.currency,
          attributes: JSON.stringify(attributes)
        })
        .returning(['id', 'version', description.as('payload')])
    )
    .with('event', emitEvent('product.created'))
    .selectFrom('changed')
    .select('id')
    .execute()
  await trx.insertInto('inventory').values({ product_id: id, quantity }).execute()
  if (quantity > 0) {
    await trx
      .insertInto('inventory_movements')
      .values({
        cause_id: newId(),
        product_id: id,
        kind: 'receive',
        quantity,
        reason: 'new product'
      })
      .execute()
    await sql`
      select emit_stock_events(p_product => array[${id}::uuid], p_moved => array[${quantity}::bigint])`.execute(
      trx
    )
  }
  return { id, slug }
}

/** Changes a product, and with `version` only if it still has that version. Returns its slugs before and after. */
export async function updateProduct(
  db: Kysely<Database>,
  id: string,
  change: ProductPatch,
  version?: number
) {
  const { price, attributes, description: text, ...columns } = change
  return db
    .with('before', (query) =>
      query.selectFrom('products').select(['id', 'slug']).where('id', '=', id)
    )
    .with('changed', (query) =>
      query
        .updateTable('products')
        .from('before')
        .set((eb) => ({
          ...columns,
          ...(price && { price: price.amount, currency: price.currency }),
          // null empties them.
          ...(text !== undefined && { description: text ?? '' }),
          ...(attributes !== undefined && { attributes: JSON.stringify(attributes ?? {}) }),
          version: eb('products.version', '+', 1),
          updated_at: sql`now()`
        }))
        .whereRef('products.id', '=', 'before.id')
        .$if(version !== undefined, (update) => update.where('products.version', '=', version!))
        .returning([
          'products.id',
          'products.version',
          'products.slug',
          'before.slug as slug_before',
          sql<Json>`${description} || jsonb_build_object('slug_before', before.slug)`.as('payload')
        ])
    )
    .with('event', emitEvent('product.changed'))
    .selectFrom('changed')
    .select(['slug_before', 'slug'])
    .executeTakeFirst()
}

/** The product in the payload of an event. */
const description = sql<Json>`jsonb_build_object(
  'product_id', products.id, 'sku', products.sku, 'slug', products.slug, 'name', products.name,
  'category_id', products.category_id, 'price', products.price, 'currency', products.currency,
  'status', products.status, 'version', products.version)`

type Changed = { id: string; version: number; payload: Json }

/** Writes an event for each product in `changed` to the outbox, in the statement that changed them. */
const emitEvent = (type: string) => (query: QueryCreator<Database & { changed: Changed }>) =>
  query
    .insertInto('outbox')
    .columns(['aggregatetype', 'aggregateid', 'version', 'type', 'payload'])
    .expression((eb) =>
      eb
        .selectFrom('changed')
        .select([
          sql.lit('product').as('aggregatetype'),
          sql<string>`changed.id`.as('aggregateid'),
          'changed.version',
          sql.lit(type).as('type'),
          'changed.payload'
        ])
    )
