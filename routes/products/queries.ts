import { sql } from 'kysely'
import { mostDeep, mostFound } from '../../plugins/kernel/http/pagination.ts'
import { uuidForm } from '../../plugins/kernel/http/schemas.ts'
import { statement } from '../../plugins/storage/statement.ts'
import type { Reader } from '../../sql/types.ts'
import type { ProductQuery } from './listing.ts'
import type { Product } from './schema.ts'

/** The part of a product that is cached: everything but its stock, which is live. */
export type ProductText = Omit<Product, 'quantity' | 'in_stock'>

/** An active product by its id or slug. */
export async function findProduct(
  db: Reader,
  id_or_slug: string
): Promise<ProductText | undefined> {
  const find = uuidForm.test(id_or_slug) ? productById : productBySlug
  const [row] = await find(db, { name: id_or_slug })
  return row && toProduct(row)
}

type ByName = { name: string }

const productById = statement((db: Reader, { name }: ByName) =>
  selectProduct(db).where('products.id', '=', name).where('products.status', '=', 'active')
)

const productBySlug = statement((db: Reader, { name }: ByName) =>
  selectProduct(db).where('products.slug', '=', name).where('products.status', '=', 'active')
)

/**
 * A page of active products, and how many match in all. With `reach` more match than `total` says, because counting stops
 * there; `reach` is how many of them a client can page through.
 */
export async function listProducts(db: Reader, query: ProductQuery) {
  const isSearch = query.q !== undefined || query.attributes !== undefined
  const reach = isSearch ? mostFound : mostDeep
  const { total, ids } = await findIds(db, query, reach)
  const rows = ids.length === 0 ? [] : await productsById(db, { ids })
  const by_id = new Map(rows.map((row) => [row.id, toProduct(row)]))
  const products = ids.map((id) => by_id.get(id)).filter((product) => product !== undefined)
  return total > mostDeep ? { products, total: mostDeep, reach } : { products, total }
}

const productsById = statement((db: Reader, { ids }: { ids: string[] }) =>
  selectProduct(db)
    .where('products.id', '=', sql<string>`any (${ids}::uuid[])`)
    .where('products.status', '=', 'active')
)

/** sql/functions/find_products.sql: planned for its values each time. */
async function findIds(
  db: Reader,
  { category, q, attributes, ids, min_price, max_price, in_stock, sort, page, limit }: ProductQuery,
  reach: number
): Promise<{ total: number; ids: string[] }> {
  return db
    .selectFrom(
      sql<{ total: number; ids: string[] }>`find_products(
        ${category ?? null}::text[], ${q ?? null}, ${attributes ? JSON.stringify(attributes) : null}::jsonb,
        ${ids ?? null}::uuid[], ${min_price ?? null}, ${max_price ?? null}, ${in_stock ?? null},
        ${sort}, ${limit}, ${(page - 1) * limit}, ${mostDeep}, ${reach})`.as('found')
    )
    .select(['found.total', 'found.ids'])
    .executeTakeFirstOrThrow()
}

type Row = Awaited<ReturnType<ReturnType<typeof selectProduct>['executeTakeFirstOrThrow']>>

/** The product that had this slug before: its id. */
export async function findBySlugBefore(db: Reader, slug: string) {
  const [product] = await productBySlugBefore(db, { name: slug })
  return product
}

const productBySlugBefore = statement((db: Reader, { name }: ByName) =>
  db.selectFrom('former_slugs').select('product_id').where('slug', '=', name)
)

/** Selects products of any status; the admin routes use it too. */
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
