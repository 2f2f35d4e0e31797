import { sql } from 'kysely'
import { mostDeep } from '../../plugins/http/pages.ts'
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

/** A page of active products, and how many there are in all; `more`: at least so many, since no more were counted. */
export async function listProducts(db: Reader, query: ProductQuery) {
  const { total, ids } = await findListed(db, query)
  const rows =
    ids.length === 0
      ? []
      : await selectProduct(db)
          .where('products.id', 'in', ids)
          .where('products.status', '=', 'active')
          .execute()
  const by_id = new Map(rows.map((row) => [row.id, toProduct(row)]))
  const products = ids.map((id) => by_id.get(id)).filter((product) => product !== undefined)
  return total > mostDeep ? { products, total: mostDeep, more: true } : { products, total }
}

/** sql/functions/list_products.sql */
async function findListed(
  db: Reader,
  { category, q, min_price, max_price, in_stock, sort, page, limit }: ProductQuery
): Promise<{ total: number; ids: string[] }> {
  const words = q === undefined ? null : searchTerms(q)
  if (words === '') return { total: 0, ids: [] }
  // What PostgreSQL takes for two words in one ("1e5x") need not stand together.
  const terms = sql`replace(to_tsquery('simple', ${words})::text, '<->', '&')::tsquery`
  return db
    .selectFrom(
      sql<{ total: number; ids: string[] }>`list_products(
        ${category ?? null}, ${terms}, ${min_price ?? null}, ${max_price ?? null}, ${in_stock ?? null},
        ${sort}, ${limit}, ${(page - 1) * limit}, ${mostDeep})`.as('found')
    )
    .select(['found.total', 'found.ids'])
    .executeTakeFirstOrThrow()
}

/**
 * Every word has to occur, the beginning of one is enough: "ceram mug" is `ceram:* & mug:*`. A word that another one
 * begins with asks for nothing more.
 */
export function searchTerms(q: string) {
  const words = q.normalize('NFC').match(/[\p{L}\p{N}\p{M}]+/gu) ?? []
  const by_lower = new Map(words.map((word) => [word.toLowerCase(), word]))
  const isLongest = (word: string) =>
    ![...by_lower.keys()].some((other) => other !== word && other.startsWith(word))
  return [...by_lower]
    .filter(([lower]) => isLongest(lower))
    .map(([, word]) => `${word}:*`)
    .join(' & ')
}

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
