import type { Pool } from 'pg'
import type { Search, sorts } from '../../scripts/scale/queries.ts'

type Filter = Search['filter']
type Sort = (typeof sorts)[number]

// The plain query that find_products stands for.

const order: Record<(typeof sorts)[number], string> = {
  newest: 'created_at desc, product_id desc',
  price_asc: 'price, product_id',
  price_desc: 'price desc, product_id desc',
  name: 'name collate "und-x-icu", product_id',
  relevance:
    'search @@ all_beginnings(search_terms($2), $$^$$) desc, created_at desc, product_id desc'
}

export const valuesOf = ({ category, q, min_price, max_price, in_stock }: Filter) => [
  category ?? null,
  q ?? null,
  min_price ?? null,
  max_price ?? null,
  in_stock ?? null
]

export const attributesOf = ({ attributes }: Filter) =>
  attributes ? JSON.stringify(attributes) : null

/** All products that match, in their order. */
export async function plainSearch(sql: Pool, filter: Filter, sort: Sort) {
  const { rows } = await sql.query<{ product_id: string }>(
    `select product_id from listings
     where ($1::text[] is null or category_id in (select category_descendants($1)))
       and ($2::text is null
            or search @@ (select string_agg(word || ':*', ' & ')::tsquery from unnest(string_to_array($2, ' ')) as word))
       and ($3::bigint is null or price >= $3)
       and ($4::bigint is null or price <= $4)
       and ($5::boolean is null or in_stock = $5)
       and ($6::jsonb is null or product_id in (select id from products where attributes @> $6))
       and ($7::uuid[] is null or product_id = any ($7))
     order by ${order[sort]}`,
    [...valuesOf(filter), attributesOf(filter), filter.ids ?? null]
  )
  return rows.map(({ product_id }) => product_id)
}
