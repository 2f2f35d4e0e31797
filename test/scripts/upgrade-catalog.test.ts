import { randomBytes } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Pool } from 'pg'
import t from 'tap'
import { readInvariants } from '../../plugins/background/invariants/files.ts'
import { createDatabase, withDatabase } from '../../scripts/stack/postgres/cluster.ts'
import { migrate } from '../../scripts/stack/postgres/migrate.ts'
import {
  publish,
  subscribe,
  synced,
  unsubscribe
} from '../../scripts/stack/postgres/replication.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { testServers } from '../support/environment.ts'

// A catalog of the release before the folded words is upgraded, with a replica that follows.

const database = `u_${randomBytes(6).toString('hex')}`
const [primary, replica] = await Promise.all(
  [testServers().primary, testServers().replica].map(async ({ admin_url }) => {
    await createDatabase(admin_url, database)
    const url = withDatabase(admin_url, database)
    const sql = new Pool({ connectionString: url, max: 1 })
    t.teardown(() => sql.end())
    return { url, sql }
  })
)
const servers = { primary: primary!.url, replicas: [replica!.url] }

/** A folder like sql/, with the migrations before the first of this upgrade. */
function lastRelease() {
  const root = t.testdir({ functions: {} })
  const own = fileURLToPath(new URL('../../sql/migrations/', import.meta.url))
  cpSync(own, path.join(root, 'migrations'), { recursive: true })
  const files = readdirSync(own).toSorted()
  const first = files.findIndex((file) => file.endsWith('_sku_twins.sql'))
  for (const file of files.slice(first)) rmSync(path.join(root, 'migrations', file))
  return pathToFileURL(`${root}/`)
}

const category = '00000000-0000-7000-8000-000000000001'

t.before(async () => {
  await migrate({ ...servers, sql: lastRelease() })
  await publish(primary!.url)
  await subscribe(primary!.url, replica!.url, database)
  t.teardown(() => unsubscribe(replica!.url, database))
  await synced(replica!.url)
  await primary!.sql.query(`
    insert into categories (id, slug, name) values ('${category}', 'mugs', 'Mugs');
    insert into products (id, sku, slug, name, category_id, price, currency, attributes)
    select gen_random_uuid(), 'SKU-' || n, 'mug-' || n, ' "Crème" brûlée ' || n, '${category}', n, 'USD', '{"colour":"blue"}'
    from generate_series(1, 1203) as n;
    update products set sku = 'É-1' where sku = 'SKU-1';
    update products set sku = 'é-1' where sku = 'SKU-2';
    update products set sku = U&'E\\0301-1' where sku = 'SKU-3'`)
})

t.test('the migration names SKUs that are twins, and changes nothing', async (t) => {
  const err = await migrate(servers).then(
    () => undefined,
    (reason: Error) => reason
  )
  for (const named of [/"É-1" \(product [0-9a-f-]{36}\)/, '"é-1"', '"E\u0301-1"', 'migrate again'])
    t.match(err?.message, named)
  for (const { sql } of [primary!, replica!]) {
    const { rows } = await sql.query(
      `select to_regclass('former_slugs') as former, to_regproc('sku_form') as form, to_regproc('folded') as folded`
    )
    t.same(rows, [{ former: null, form: null, folded: null }])
  }
})

t.test('listings of the last release get their folded words, on the replica too', async (t) => {
  await primary!.sql.query(`
    update products set sku = 'E-2' where sku = 'é-1';
    update products set sku = 'E-3' where sku = U&'E\\0301-1'`)
  await migrate(servers)
  for (const { name, query } of readInvariants())
    if (['listings-are-true', 'words-are-known'].includes(name))
      t.same((await primary!.sql.query(query)).rows, [], name)

  for (const { sql } of [primary!, replica!])
    await until('the words', async () => (await found(sql, 'creme brulee')) === 1203, 10_000)
  const names = await replica!.sql.query('select distinct left(name, 7) as name from listings')
  t.same(names.rows, [{ name: 'crème" ' }])
})

t.test(
  'the words can be folded again after an interruption, and change nothing then',
  async (t) => {
    const { sql } = primary!
    const folder = new URL('../../sql/migrations/', import.meta.url)
    const file = readdirSync(folder).find((entry) => entry.endsWith('_folded_words.rows.sql'))!
    const text = readFileSync(new URL(file, folder), 'utf8')
    const written = () => sql.query('select max(xmin::text::bigint) as newest from listings')
    const before = (await written()).rows
    await sql.query(text)
    t.same((await written()).rows, before)
    const { rows } = await sql.query(
      `update listings set name = 'x', search = '' returning product_id`
    )
    await sql.query(text)
    const { rowCount } = await sql.query(`select from listings where search @@ 'creme'`)
    t.equal(rowCount, rows.length)
  }
)

const found = async (sql: Pool, words: string) => {
  const { rows } = await sql.query<{ total: number }>(
    `select total from find_products(null, $1, '{"colour":"blue"}', null, null, null, null, 'name', 9, 0, 10000, 1000)`,
    [words]
  )
  return rows[0]!.total
}
