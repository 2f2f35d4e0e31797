import t from 'tap'
import { migrate } from '../../scripts/stack/postgres/migrate.ts'
import { connected } from '../../scripts/stack/postgres/cluster.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { stopFollowing } from '../support/replica.ts'
import { environment } from '../support/environment.ts'
import { databases, folder, following } from './migrating.ts'

t.test('npm run migrate brings a primary and a replica to the newest schema, once', async (t) => {
  const { primary, replica } = await databases(t)
  const applied = await migrate({ primary: primary.url, replicas: [replica.url] })
  t.ok(applied.length > 0)
  t.same(await migrate({ primary: primary.url, replicas: [replica.url] }), [])
  const count = 'select count(*)::int as n from order_transitions'
  t.not((await primary.sql.query(count)).rows[0].n, 0)
  t.equal((await replica.sql.query(count)).rows[0].n, 0, 'rows arrive by replication only')
})

t.test('a role without rights can run the migrator when there is nothing to do', async (t) => {
  const { env } = await environment(t, { replica: true })
  const servers = { primary: env.PRIMARY_URL!, replicas: [env.REPLICA_URLS!] }
  t.same(await migrate(servers), [])
})

t.test('two migrators at once run one after the other', async (t) => {
  const { primary } = await databases(t)
  const both = [
    migrate({ primary: primary.url, replicas: [] }),
    migrate({ primary: primary.url, replicas: [] })
  ]
  const applied = (await Promise.all(both)).map(({ length }) => length > 0)
  t.same(applied.toSorted(), [false, true])
})

t.test('a new table and its rows reach a replica that follows', async (t) => {
  const sql = folder(t, { '0001_mugs.sql': 'create table mugs (id int primary key)' })
  const { replica, servers } = await following(t, sql.url)

  sql.write('0002_cups.sql', 'create table cups (id int primary key)')
  sql.write('0003_cups.rows.sql', 'insert into cups values (1); insert into mugs values (1)')
  sql.write(
    '0004_more.sql',
    '-- primary first: no mug is without a size\nalter table mugs add size int not null default 1'
  )
  t.same(await migrate({ ...servers, sql: sql.url }), ['0002_cups', '0003_cups.rows', '0004_more'])
  await until(
    'the rows',
    async () => (await replica.sql.query('select from cups, mugs')).rowCount,
    10_000
  )
})

t.test('a migration may use an enum value that the file before it added', async (t) => {
  const { primary } = await databases(t)
  const sql = folder(t, { '0001_size.sql': `create type size as enum ('small')` })
  sql.write('0002_large.sql', `alter type size add value 'large'`)
  sql.write(
    '0003_mugs.sql',
    `create table mugs (id int primary key, size size not null default 'large')`
  )
  t.equal((await migrate({ primary: primary.url, replicas: [], sql: sql.url })).length, 3)
})

t.test('npm run migrate refuses before any change when a replica is too far behind', async (t) => {
  const sql = folder(t, { '0001_mugs.sql': 'create table mugs (id int primary key)' })
  const { primary, replica, name, servers: both } = await following(t, sql.url)
  const servers = { ...both, behind_ms: 100 }

  const go = await stopFollowing(replica.url, name)
  sql.write('0002_size.sql', 'alter table mugs add size int')
  await t.rejects(migrate({ ...servers, sql: sql.url }), {
    message: /^replica 1 does not follow the primary: let it .+ replica:resync -- .+ --anyway$/
  })
  await t.rejects(primary.sql.query('select size from mugs'), { code: '42703' })
  t.same(await migrate({ ...servers, sql: sql.url, anyway: true }), ['0002_size'])
  t.same(await migrate({ ...servers, sql: sql.url }), [], 'with nothing to do no replica is asked')

  await go()
  sql.write('0003_colour.sql', 'alter table mugs add colour int')
  t.same(await migrate({ ...servers, sql: sql.url, behind_ms: 10_000 }), ['0003_colour'])
})

t.test('the migrator stops waiting for a lock, and tries again', async (t) => {
  const { primary } = await databases(t)
  const servers = { primary: primary.url, replicas: [] }
  const sql = folder(t, { '0001_mugs.sql': 'create table mugs (id int primary key)' })
  await migrate({ ...servers, sql: sql.url })
  sql.write('0002_size.sql', 'alter table mugs add size int')

  await connected(primary.url, async (reader) => {
    await reader.query('begin; select from mugs')
    const given_up = migrate({ ...servers, sql: sql.url, lock_retries: { lock_ms: 50, tries: 2 } })
    await t.rejects(given_up, { message: /0002_size.sql on the primary: .+ lock timeout$/ })

    const migrated = migrate({
      ...servers,
      sql: sql.url,
      lock_retries: { lock_ms: 300, tries: 20 }
    })
    // The first statement removes what the failed attempt has left.
    const waiting = `select from pg_locks where not granted and relation = 'mugs'::regclass`
    const waits = async (n: number) => (await primary.sql.query(waiting)).rowCount === n
    await until('the migrator in the queue', () => waits(1))
    await until('the migrator out of the queue', () => waits(0))
    await primary.sql.query('select from mugs')
    await reader.query('commit')
    t.same(await migrated, ['0002_size'])
  })
})

t.test('npm run migrate replaces functions that have changed', async (t) => {
  const { primary } = await databases(t)
  const sql = folder(t, {})
  const one = async () => (await primary.sql.query('select one() as one')).rows[0].one as number
  for (const value of [1, 2]) {
    sql.write(
      `../functions/one.sql`,
      `create or replace function one() returns int language sql as 'select ${value}'`
    )
    await migrate({ primary: primary.url, replicas: [], sql: sql.url })
    t.equal(await one(), value)
  }
})

t.test(
  'an error in a migration names file, line and server, and earlier files stay applied',
  async (t) => {
    const { primary } = await databases(t)
    const sql = folder(t, { '0001_mugs.sql': 'create table mugs (id int primary key)' })
    sql.write(
      '0002_oops.sql',
      '-- a comment\ncreate table cups (id int);\ninsert into mug values (1)'
    )
    await t.rejects(migrate({ primary: primary.url, replicas: [], sql: sql.url }), {
      message: 'sql/migrations/0002_oops.sql:3 on the primary: relation "mug" does not exist'
    })
    t.equal((await primary.sql.query('select from mugs')).rowCount, 0)
    await t.rejects(primary.sql.query('select from cups'), { code: '42P01' })
  }
)
