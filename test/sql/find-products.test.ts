import { Pool } from 'pg'
import t from 'tap'
import { connected } from '../../scripts/stack/postgres/cluster.ts'
import { fillCatalog, wordOf } from '../../scripts/scale/catalog.ts'
import { searches, sortsOf, type Search, type sorts } from '../../scripts/scale/queries.ts'
import { environment } from '../support/environment.ts'
import { attributesOf, plainSearch, valuesOf } from './plain-search.ts'

// What find_products answers, compared with the plain query that it stands for. In the shop more than 10,000 products are
// many, and the first 1,000 of them are returned; here `most` and `reach` take their places.

const most = 300
const reach = 40
const limit = 20

const { primaryUrl, sql } = await environment(t)
await fillCatalog(primaryUrl, 9_000)
// A brand with many products: all at one end of the order by name, dearer than all others, and spread over the table.
await sql.query(`
  update products set name = 'Zzora ' || name, price = 50000000 + price
  where hashtext(sku) % 9 = 0`)
await sql.query(`
  update products set attributes = jsonb_build_object(
    'size', (array['S', 'M', 'L'])[1 + abs(hashtext(sku) % 3)], 'tone', (hashtext(slug) % 7)::text)`)
await sql.query('cluster listings using listings_pkey')
await sql.query('vacuum analyze listings')
const wordAt = await wordOf(primaryUrl)
const some_ids = await sql
  .query<{ id: string }>('select id from products order by hashtext(sku) limit 90')
  .then(({ rows }) => rows.map(({ id }) => id))

/** Both settings of holdfast.search_plan (docs/decisions/0009): one pool each. */
const plans = ['estimated', 'simple'] as const
const pools = Object.fromEntries(plans.map((plan) => [plan, poolWith(plan)])) as Record<Plan, Pool>

type Plan = (typeof plans)[number]
type Filter = Search['filter']
type Sort = (typeof sorts)[number]

function poolWith(plan: Plan) {
  const pool = new Pool({
    connectionString: primaryUrl,
    max: 1,
    options: `-c holdfast.search_plan=${plan}`
  })
  t.teardown(() => pool.end())
  return pool
}

async function found(plan: Plan, filter: Filter, sort: Sort, offset: number) {
  const { rows } = await pools[plan].query<{ total: number; ids: string[] }>(
    'select * from find_products($1, $2, $11, $12, $3, $4, $5, $6, $7, $8, $9, $10)',
    [
      ...valuesOf(filter),
      sort,
      limit,
      offset,
      most,
      reach,
      attributesOf(filter),
      filter.ids ?? null
    ]
  )
  return rows[0]!
}

const more: Search[] = [
  { name: 'a brand at one end', filter: { q: 'zzora' } },
  { name: 'a brand and a common word', filter: { q: `zzora ${wordAt(1)}` } },
  { name: 'a brand that is cheap nowhere', filter: { q: 'zzora', max_price: 40_000_000 } },
  { name: 'common words, at least a price', filter: { q: wordAt(1), min_price: 3000 } },
  { name: 'common words, at most a price', filter: { q: wordAt(2), max_price: 3000 } },
  { name: 'common words, sold out', filter: { q: wordAt(1), in_stock: false } },
  { name: 'two categories', filter: { category: ['shelf-1-1', 'shelf-2'] } },
  { name: 'a common attribute', filter: { attributes: { size: 'S' } } },
  {
    name: 'two attributes and a word',
    filter: { q: wordAt(1), attributes: { size: 'M', tone: '3' } }
  },
  { name: 'an attribute that no product has', filter: { attributes: { size: 'XL' } } },
  { name: 'some ids', filter: { ids: some_ids } },
  { name: 'some ids that have a word', filter: { ids: some_ids, q: wordAt(1) } }
]

for (const { name, filter } of [...searches(wordAt), ...more]) {
  t.test(`find_products finds ${name} in every order and counts it, with both plans`, async (t) => {
    for (const sort of sortsOf(filter)) {
      const all = await plainSearch(sql, filter, sort)
      const isSearch = filter.q !== undefined || filter.attributes !== undefined
      const has = isSearch && all.length > most ? reach : all.length
      // Without words there is one plan only.
      for (const plan of isSearch ? plans : plans.slice(0, 1)) {
        for (const offset of [0, reach - limit / 2, most - limit]) {
          const { total, ids } = await found(plan, filter, sort, offset)
          const what = `${plan}, ${sort} from ${offset}`
          t.equal(total, Math.min(all.length, most + 1), `${what}: how many`)
          t.same(ids, all.slice(offset, Math.min(offset + limit, has)), `${what}: which`)
        }
      }
    }
  })
}

t.test(
  'the estimate knows how far along an order the first matches are, wherever they lie',
  async (t) => {
    let too_few = 0
    for (const q of ['zzora', ...[1, 2, 5, 10].map(wordAt)]) {
      for (const sort of sortsOf({})) {
        const { rows } = await sql.query<{ part: number; found: number }>(
          `select part, (
           select count(*)::int from listings
           where search @@ ($1 || ':*')::tsquery
             and created_at >= coalesce(made_from, created_at) and name collate "und-x-icu" <= coalesce(name_to, name)
             and price between coalesce(price_from, price) and coalesce(price_to, price)) as found
         from estimate_search(null, null, array[$1], null, null, null, null, $2, $3, $4)`,
          [q, sort, most, reach]
        )
        const { part, found: found_there } = rows[0]!
        t.ok(part > 0 && part < 0.5, `${q}, ${sort}: a part of all, ${part}`)
        if (found_there < reach) too_few++
      }
    }
    t.ok(too_few <= 1, 'the part holds too few once in some hundred times')
  }
)

t.test('the estimate says nothing of an order when few products match', async (t) => {
  const { rows } = await sql.query(
    `select part, made_from from estimate_search(null, null, array[$1], null, null, null, null, 'newest', $2, $3)`,
    [wordAt(3000), most, reach]
  )
  t.same(rows, [{ part: null, made_from: null }])
})

t.test('a search with the simple plan estimates nothing', async (t) => {
  await connected(primaryUrl, async (client) => {
    const search = (plan: Plan) =>
      client.query(
        `select set_config('holdfast.search_plan', '${plan}', true);
         select find_products(null, '${wordAt(1)}', null, null, null, null, null, 'name', ${limit}, 0, ${most}, ${reach})`
      )
    await client.query('begin')
    const { rows } = await client.query<{ signature: string }>(
      `select oid::regprocedure::text as signature from pg_proc where proname = 'estimate_search'`
    )
    await client.query(`drop function ${rows[0]!.signature}`)
    await t.resolves(search('simple'))
    await t.rejects(search('estimated'), { code: '42883', message: /estimate_search/ })
    await client.query('rollback')
  })
})

t.test('the index scan and the sorted collection return listings in the same order', async (t) => {
  await connected(primaryUrl, async (client) => {
    await client.query('begin')
    // Equal values, so that the order among them counts too.
    await client.query(`
      update listings set name = 'same', created_at = '2026-01-01', price = 100
      where hashtext(product_id::text) % 5 = 0`)
    for (const sort of sortsOf({})) {
      const { rows } = await client.query<{ scanned: string[]; collected: string[] }>(
        `select scan_listings_in_order(
                  null, null, null, null, null, null, null, null, $1, 20000, 0) as scanned,
                (select ids from collect_listings(
                  null, null, null, null, null, null, null, null, null, null, $1, 20000, null)) as collected`,
        [sort]
      )
      const { scanned, collected } = rows[0]!
      t.ok(scanned.length > 8_000, `${sort} has ${scanned.length} listings`)
      t.same(scanned, collected, sort)
    }
    await client.query('rollback')
  })
})
