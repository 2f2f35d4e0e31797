import t, { type Test } from 'tap'
import { connected } from '../../scripts/stack/postgres/cluster.ts'
import {
  caughtUp,
  refresh,
  resubscribe,
  subscribe
} from '../../scripts/stack/postgres/replication.ts'
import { buyer, stock } from '../support/buyer.ts'
import { build, environmentOf } from '../support/build.ts'
import { addProduct, call } from '../routes/shop.ts'

// The resolver rests: nothing changes while the rows are compared.
const app = await build(t, { RESOLVER_INTERVAL_MS: '60000' }, { replica: true })
const { sql, name, primaryUrl } = environmentOf(app)
const replica = environmentOf(app).replicaUrl!
const on = async (url: string, text: string) =>
  (await connected(url, (client) => client.query(text))).rows

const isBinary = async () =>
  (await on(replica, `select subbinary from pg_subscription where subname = '${name}'`))[0]
    .subbinary

/** Rows of every kind: products with words and attributes, orders that are paid, declined and cancelled, events. */
async function trade() {
  const [tea] = await stock(app, 100)
  const { id } = await addProduct(app, { price: 1234 })
  const attributes = { colour: 'blue "é" 茶' }
  await call(app, `PATCH /api/v1/admin/products/${id}`, { key: true, body: { attributes } })
  const ada = buyer(app)
  const paid = await ada.buy([{ product_id: tea!, quantity: 2 }])
  await ada.buy([{ product_id: tea!, quantity: 1 }], 'tok_declined')
  await ada.buy([{ product_id: id, quantity: 1 }], 'tok_timeout')
  await ada.cancel(paid.body.id as unknown as string)
}

/** The rows of all tables as text. */
async function rowsOf(url: string) {
  const tables = await on(
    url,
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`
  )
  const texts = tables.map(
    ({ name: table }) =>
      `select '${table}' as table, count(*)::int as rows, md5(string_agg(r::text, '\\n' order by r::text)) as sum from ${table} r`
  )
  // Written once a second.
  return (await on(url, texts.join(' union all '))).filter((row) => row.table !== 'heartbeat')
}

async function checkAlike(t: Test, what: string) {
  await caughtUp(primaryUrl, replica)
  const rows = await rowsOf(primaryUrl)
  t.same(await rowsOf(replica), rows, what)
  const filled = rows.filter((row) => row.rows > 0).map((row) => row.table)
  for (const table of [
    'orders',
    'payments',
    'outbox',
    'listings',
    'inventory_movements',
    'products'
  ])
    t.ok(filled.includes(table), `${table} has rows`)
}

t.test('a replica receives binary values, and has the same rows as the primary', async (t) => {
  t.equal(await isBinary(), true)
  await trade()
  await checkAlike(t, 'after changes')
  await resubscribe(primaryUrl, replica, name)
  t.equal(await isBinary(), true)
  await trade()
  await checkAlike(t, 'after a first copy and changes')
})

t.test(
  'a subscription of an earlier release is changed to binary while the shop is open',
  async (t) => {
    for (const change of [() => refresh(replica), () => subscribe(primaryUrl, replica, name)]) {
      await on(replica, `alter subscription ${name} set (binary = false)`)
      await trade()
      await change()
      t.equal(await isBinary(), true)
      await trade()
      await checkAlike(t, 'the changes before and after')
    }
  }
)

t.test('no column has a type whose binary form depends on the server', async (t) => {
  // An array or a row type of our own types carries their numbers, which differ from server to server.
  const { rows } = await sql.query(
    `select attrelid::regclass::text as table, attname, format_type(atttypid, null) as type
     from pg_attribute a join pg_type t on t.oid = a.atttypid
     where attrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r')
       and attnum > 0 and not attisdropped
       and (t.typsend = 0 or t.typtype = 'c' or t.typcategory = 'A' and t.typelem >= 16384)`
  )
  t.same(rows, [])
})
