import { sql } from 'kysely'
import t from 'tap'
import { pageOf } from '../../plugins/kernel/http/pagination.ts'
import { findProduct, listProducts } from '../../routes/products/queries.ts'
import { fillCatalog, wordOf } from '../../scripts/scale/catalog.ts'
import { openPlans } from '../../scripts/scale/plans.ts'
import { large, pages, searches, sortsOf } from '../../scripts/scale/queries.ts'
import { environment } from '../support/environment.ts'

// As `npm run test:scale`, with few products: which indexes are used, and not how fast they are.

const { primaryUrl, sql: pool } = await environment(t)
await fillCatalog(primaryUrl, 15_000)
const plans = await openPlans(primaryUrl)
t.teardown(() => plans.close())
const used = new Set<string>()

const inUse = (indexes: string[]) => indexes.forEach((index) => used.add(index))
const largeOf = (scanned: string[]) => scanned.filter((table) => large.includes(table))

/** Searches for which one index alone has as few entries as there are matches. */
const only: Record<string, string> = {
  'a rare word': 'listings_search',
  'no such word': 'listings_search',
  'a common word and none': 'listings_search',
  'narrow prices': 'listings_price',
  'sold out': 'listings_sold_out'
}

for (const { name, filter } of searches(await wordOf(primaryUrl))) {
  t.test(`a list finds ${name} by indexes, with every sort`, async (t) => {
    for (const sort of sortsOf(filter)) {
      for (const page of pages(filter)) {
        const { run } = await plans.explain((db) =>
          listProducts(db, { ...filter, sort, page, limit: 20 })
        )
        const what = `${sort}, page ${page}`
        t.same(largeOf(run.scanned), [], `${what} reads no table from end to end`)
        t.ok(run.statements <= 2, `${what} is two statements at most`)
        if (only[name]) t.ok(run.indexes.includes(only[name]), `${what} by ${only[name]}`)
        inUse(run.indexes)
      }
    }
  })
}

t.test('a list with many products is read along the index of its sort', async (t) => {
  for (const sort of sortsOf({})) {
    const column = sort.replace(/_.*/, '')
    for (const [category, index] of [
      [null, `listings_${column}`],
      [['shelf-1-1-1'], `listings_category_${column}`]
    ] as const) {
      const { run } = await plans.explain((db) =>
        db
          .selectFrom(
            sql`find_products(${category}::text[], null, null, null, null, null, null, ${sort}, 20, 40, 100, 100)`.as(
              'found'
            )
          )
          .selectAll()
          .execute()
      )
      t.ok(run.indexes.includes(index), `${sort} by ${index}`)
      t.ok(run.pages < 300, `${sort} reads ${run.pages} pages`)
      inUse(run.indexes)
    }
  }
})

t.test('one product is found by an index, by its id and by its slug', async (t) => {
  const { rows } = await pool.query('select id, slug from products limit 1')
  for (const name of [rows[0].id, rows[0].slug]) {
    const { run, value } = await plans.explain((db) => findProduct(db, name))
    t.equal(value?.id, rows[0].id)
    t.same([largeOf(run.scanned), run.statements], [[], 1])
  }
})

t.test('every index of the listings is used', async (t) => {
  const { rows } = await pool.query<{ indexname: string }>(
    `select indexname from pg_indexes where tablename = 'listings'`
  )
  const idle = rows.map(({ indexname }) => indexname).filter((index) => !used.has(index))
  // The primary key: the triggers find a row by it.
  t.same(idle, ['listings_pkey'])
})

t.test('a list counts to 10,000 and says that there are more', async (t) => {
  const { value } = await plans.explain((db) =>
    listProducts(db, { sort: 'name', page: 500, limit: 20 })
  )
  t.match(value, { total: 10_000, reach: 10_000 })
  t.equal(value.products.length, 20)
  const page = pageOf({ page: 1, limit: 30 }, value.total, value.reach)
  t.match(page, { total: 10_000, pages: 333, more: true }, 'and every page can be asked for')
  t.match(pageOf({ page: 1, limit: 30 }, 10_000, 1000), { pages: 34, more: true }, 'of a search')
  const sold_out = await plans.explain((db) =>
    listProducts(db, { sort: 'name', page: 1, limit: 20, in_stock: false })
  )
  const { rows } = await pool.query('select count(*)::int as n from inventory where quantity = 0')
  t.same([sold_out.value.total, sold_out.value.reach], [rows[0].n, undefined])
})
