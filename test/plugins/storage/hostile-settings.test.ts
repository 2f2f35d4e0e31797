import t from 'tap'
import { connected } from '../../../scripts/stack/postgres/cluster.ts'
import { migrate } from '../../../scripts/stack/postgres/migrate.ts'
import { buyer, stock } from '../../support/buyer.ts'
import { build, environment, environmentOf, until } from '../../support/build.ts'
import { addProduct, call } from '../../routes/shop.ts'
import { delivered } from '../background/outbox/support.ts'
import { served, trustSessions } from './replicas/support.ts'

// What an operator, a hosting company or a shell may set. No answer may depend on any of it.

const ofDatabase = {
  datestyle: 'German, DMY',
  intervalstyle: 'sql_standard',
  timezone: 'Australia/Lord_Howe',
  search_path: 'nowhere',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  client_encoding: 'LATIN1',
  standard_conforming_strings: 'off',
  backslash_quote: 'on',
  array_nulls: 'off',
  transform_null_equals: 'on',
  quote_all_identifiers: 'on',
  gin_fuzzy_search_limit: '1',
  default_text_search_config: 'pg_catalog.german',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  synchronous_commit: 'off',
  plan_cache_mode: 'force_generic_plan',
  check_function_bodies: 'off',
  client_min_messages: 'error',
  password_encryption: 'md5',
  enable_indexscan: 'off',
  enable_bitmapscan: 'off',
  enable_nestloop: 'off',
  jit: 'on',
  jit_above_cost: '0'
}

/** These would end the superuser's own sessions in this test. */
const ofRole = {
  ...ofDatabase,
  timezone: 'America/St_Johns',
  datestyle: 'Postgres, MDY',
  row_security: 'off',
  exit_on_error: 'on',
  statement_timeout: '1ms',
  lock_timeout: '1ms',
  idle_in_transaction_session_timeout: '1ms',
  idle_session_timeout: '1ms'
}

const ofShell = {
  PGOPTIONS: '-c datestyle=SQL -c statement_timeout=1',
  PGDATESTYLE: 'SQL, DMY',
  PGTZ: 'Asia/Kathmandu',
  PGCLIENTENCODING: 'LATIN1',
  PGUSER: 'stranger',
  PGPASSWORD: 'wrong',
  PGHOST: '192.0.2.1',
  PGPORT: '1',
  PGDATABASE: 'nowhere',
  PGSSLMODE: 'verify-full',
  PGSSLNEGOTIATION: 'direct',
  PGREPLICATION: 'database',
  PGAPPNAME: 'shell'
}

const home = await environment(t, { replica: true })
for (const url of [home.primaryUrl, home.replicaUrl!])
  await connected(url, async (client) => {
    const name = client.escapeIdentifier(new URL(url).pathname.slice(1))
    const set = (whose: string, settings: object) =>
      Object.entries(settings).map(
        ([setting, value]) =>
          `alter ${whose} set ${setting} = ${
            setting === 'search_path' ? value : client.escapeLiteral(value as string)
          }`
      )
    const statements = [
      ...set(`database ${name}`, ofDatabase),
      ...set(`role app in database ${name}`, ofRole)
    ]
    for (const statement of statements) await client.query(statement)
    // PostgreSQL 17 and newer
    const { rows } = await client.query<{ name: string }>(
      `select name from pg_settings where name = 'transaction_timeout'`
    )
    for (const setting of rows)
      await client.query(`alter database ${name} set ${setting.name} = '1min'`)
  })
for (const [name, value] of Object.entries(ofShell)) {
  const before = process.env[name]
  process.env[name] = value
  t.teardown(() => {
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  })
}

t.test('a shop does not depend on settings of the database, the role or the shell', async (t) => {
  // The migrator too: it finds nothing to do, and grants.
  const servers = { primary: home.primaryUrl, replicas: [home.replicaUrl!] }
  t.same(await migrate(servers), [])

  const app = await build(t, { OUTBOX_INTERVAL_MS: '20' }, { like: home })
  await trustSessions(app)
  const [tea] = await stock(app, 10)
  const mug = await addProduct(app, { name: `Becher "ä\\'" – ${'x'.repeat(20)}`, price: 1_234_567 })
  const ada = buyer(app)
  const bought = await ada.buy([
    { product_id: tea!, quantity: 2 },
    { product_id: mug.id, quantity: 1 }
  ])
  t.equal(bought.status, 201)
  t.match(bought.body, { status: 'confirmed', email: 'ada@example.com' })
  const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
  t.match(bought.body.created_at, rfc3339)
  t.ok(Math.abs(Date.now() - Date.parse(String(bought.body.created_at))) < 60_000)

  await until('the replica to serve', async () => {
    return (await served(app, 'replica1 turn', () => ada.order(bought.body.id))) === 1
  })
  t.same((await ada.order(bought.body.id)).body, bought.body, 'a replica shows the same')
  const found = await call(app, 'GET /api/v1/products?q=becher')
  t.same([found.status, found.body.products.length], [200, 1])

  const refused = await call(app, `POST /api/v1/orders/${bought.body.id}/cancel`, {
    session: ada.session
  })
  t.match(refused, { status: 200, body: { status: 'cancelled' } })

  await until('the events', async () => (await delivered(app, 'order')).length >= 4)
  const events = await delivered(app, 'order')
  for (const { time } of events) t.match(time, rfc3339)
  t.match((await call(app, 'GET /metrics')).text, 'holdfast_outbox_parked 0\n')

  const findings = await app.checkInvariants(true)
  for (const { name, checked, violations, reason } of findings)
    t.match({ checked, violations }, { checked: true, violations: 0 }, `${name}: ${reason}`)
})

t.test('every setting that a connection makes holds on primary and replica', async (t) => {
  const app = await build(t, {}, { like: environmentOf(home) })
  const names = Object.keys(ofDatabase).filter(
    (name) => !['check_function_bodies', 'client_min_messages', 'jit_above_cost'].includes(name)
  )
  for (const pool of [app.pg.primary!.pool, app.pg.replica1!.pool]) {
    const { rows } = await pool.query(
      `select name, setting, source from pg_settings where name = any ($1) and source <> 'client'
       order by 1`,
      [[...names.map((name) => (name === 'timezone' ? 'TimeZone' : name)), 'statement_timeout']]
    )
    t.same(rows, [])
    const newer = await pool.query(
      `select setting from pg_settings where name = 'transaction_timeout' and setting <> '0'`
    )
    t.same(newer.rows, [])
  }
})
