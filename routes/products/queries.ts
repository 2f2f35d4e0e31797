import { sql, type Expression, type SqlBool } from 'kysely'
import { uuidForm } from '../../plugins/http/schemas.ts'
import type { Reader } from '../../sql/types.ts'
import type { Product, ProductQuery } from './schema.ts'

/** What the cache keeps of a product: everything but its stock, which is live. */
export type ProductText = Omit<Product, 'quantity' | 'in_stock'>

/** An active product by its id or slug. */
export async function findProduct(
  db: Reader,
  id_or_slug: string
): Promise<ProductText | undefined> {
  const column = uuidForm.test(id_or_slug) ? 'products.id' : 'products.slug'
  const row = await selectProduct(db)
    .where(column, '=', id_or_slug)
    .where('products.status', '=', 'active')
    .executeTakeFirst()
  return row && toProduct(row)
}

/** A page of active products, and how many there are in all. */
export async function listProducts(db: Reader, query: ProductQuery) {
  const [rows, { total }] = await Promise.all([
    selectProduct(db)
      .where((eb) => eb.and([eb('products.status', '=', 'active'), ...filters(query)]))
      .orderBy(sorts[query.sort][0])
      .orderBy(sorts[query.sort][1])
      .limit(query.limit)
      .offset((query.page - 1) * query.limit)
      .execute(),
    db
      .selectFrom('products')
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .where((eb) => eb.and([eb('products.status', '=', 'active'), ...filters(query)]))
      .executeTakeFirstOrThrow()
  ])
  return { products: rows.map(toProduct), total }
}

const sorts = {
  newest: [sql`products.created_at desc`, sql`products.id desc`],
  price_asc: [sql`products.price`, sql`products.id`],
  price_desc: [sql`products.price desc`, sql`products.id desc`],
  name: [sql`lower(products.name)`, sql`products.id`]
} as const

function filters({
  category,
  q,
  min_price,
  max_price,
  in_stock
}: ProductQuery): Expression<SqlBool>[] {
  return [
    category !== undefined &&
      sql<SqlBool>`products.category_id in (select category_descendants(${category}))`,
    q !== undefined && sql<SqlBool>`products.search @@ to_tsquery('simple', ${searchTerms(q)})`,
    min_price !== undefined && sql<SqlBool>`products.price >= ${min_price}`,
    max_price !== undefined && sql<SqlBool>`products.price <= ${max_price}`,
    in_stock !== undefined &&
      sql<SqlBool>`exists (
        select from inventory where inventory.product_id = products.id and inventory.quantity > 0) = ${in_stock}`
  ].filter((filter) => filter !== false)
}

/** Every word has to occur, the beginning of one is enough: "ceram mug" is `ceram:* & mug:*`. */
export const searchTerms = (q: string) =>
  (q.normalize('NFC').match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => `${word}:*`).join(' & ')

type Row = Awaited<ReturnType<ReturnType<typeof selectProduct>['executeTakeFirstOrThrow']>>

/** Any product, whatever its status: for the routes of the shop's staff too. */
export const selectProduct = (db: Reader) =>
  db
    .selectFrom('products')
    .innerJoin('categories', 'categories.id', 'products.category_id')
    .select([
      'products.id',
      'products.sku',
      'products.slug',
      'products.name',
      'products.description',
      'categories.id as category_id',
      'categories.slug as category_slug',
      'categories.name as category_name',
      'products.price',
      'products.currency',
      'products.attributes',
      'products.image_url',
      'products.version',
      'products.created_at',
      'products.updated_at'
    ])

export function toProduct(row: Row): ProductText {
  const { category_id, category_slug, category_name, price, currency, attributes, ...rest } = row
  return {
    ...rest,
    category: { id: category_id, slug: category_slug, name: category_name },
    price: { amount: price, currency },
    attributes: attributes as Record<string, string>
  }
}
