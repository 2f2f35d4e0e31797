import { randomBytes, randomUUID } from 'node:crypto'
import { cpSync, mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { Pool } from 'pg'
import t, { type Test } from 'tap'
import { migrate } from '../../../../scripts/stack/postgres/migrate.ts'
import { createDatabase, withDatabase } from '../../../../scripts/stack/postgres/cluster.ts'
import { root } from '../../../../scripts/stack/settings.ts'
import { testServers } from '../../../support/environment.ts'
import { stockUp } from '../../../sql/support.ts'

/** The claim of the release before event sinks. */
const claimOfLastRelease = `
  create function claim_partition(p_owner uuid, p_lease interval, p_tried int[]) returns int language sql as
  $$ update outbox_partition set owner = p_owner, lease_until = clock_timestamp() + p_lease
     where partition = (
       select p.partition from outbox_partition p
       where p.lease_until <= clock_timestamp() and p.partition <> all (p_tried)
         and exists (select from outbox o where o.partition = p.partition and o.parked_at is null)
       limit 1)
     returning partition::int $$`

t.test('a shop that is upgraded keeps its events, its parked ones and its sink', async (t) => {
  const { sql, url, before, now } = await lastRelease(t)
  await migrate({ primary: url, replicas: [], sql: before })
  await sql.query(claimOfLastRelease)
  await stockUp(sql, [1])
  const write = async (aggregateid: string, parked = 'null') =>
    (
      await sql.query(
        `insert into outbox (aggregatetype, aggregateid, version, type, payload, attempts, parked_at)
         values ('order', $1, 1, 'order.placed', '{}', 10, ${parked}) returning seq`,
        [aggregateid]
      )
    ).rows[0].seq
  const waiting = await write('waits')
  const parked = await write('parked', `now() - interval '1 hour'`)
  const claim = async () =>
    (await sql.query(`select claim_partition($1, '10 s', '{}') as partition`, [randomUUID()])).rows
  t.not((await claim())[0].partition, null)

  await migrate({ primary: url, replicas: [], sql: now })
  t.same(await claim(), [{ partition: null }], 'a node of the last release gets nothing to do')
  await t.rejects(sql.query('delete from outbox where seq = $1', [waiting]), {
    message: /every sink has it/
  })
  const { rows } = await sql.query(
    `select seq, sink, attempts, parked_at is not null as parked from outbox_deliveries order by sink`
  )
  t.same(rows, [
    { seq: parked, sink: 'effects', attempts: 0, parked: false },
    { seq: parked, sink: 'redis_streams', attempts: 10, parked: true }
  ])
  const fresh = await sql.query('select seq from outbox where not distributed')
  t.same(fresh.rows, [{ seq: waiting }])
  t.same((await sql.query('select name, complete from event_sinks order by name')).rows, [
    { name: 'effects', complete: true },
    { name: 'redis_streams', complete: true }
  ])

  // What that node holds a lease on is not relayed by another one until the lease is over.
  const next = () =>
    sql.query(
      `select partition from claim_partition($1, '10 s', '{}', '{effects,redis_streams}', true)`,
      [randomUUID()]
    )
  const held = 'select from outbox_partition where lease_until > clock_timestamp()'
  t.equal((await sql.query(held)).rowCount, 1)
  t.same((await next()).rows, [{ partition: null }])
  await sql.query('update outbox_partition set lease_until = now()')
  t.not((await next()).rows[0].partition, null)
})

t.test('a new shop has the sinks that its nodes name', async (t) => {
  const { sql, url, now } = await lastRelease(t)
  await migrate({ primary: url, replicas: [], sql: now })
  t.same((await sql.query('select name from event_sinks')).rows, [{ name: 'effects' }])
})

/** An empty database; the schema before event sinks, and as it is now. */
async function lastRelease(t: Test) {
  const name = `u_${randomBytes(6).toString('hex')}`
  const server = testServers().primary.admin_url
  await createDatabase(server, name)
  const url = withDatabase(server, name)
  const sql = new Pool({ connectionString: url, max: 1 })
  t.teardown(() => sql.end())

  const ours = path.join(root, 'sql')
  const folder = t.testdir({ migrations: {}, functions: {} })
  mkdirSync(path.join(folder, 'functions'), { recursive: true })
  mkdirSync(path.join(folder, 'migrations'), { recursive: true })
  for (const file of readdirSync(path.join(ours, 'migrations')))
    if (file < '0016')
      cpSync(path.join(ours, 'migrations', file), path.join(folder, 'migrations', file))
  return { sql, url, before: pathToFileURL(`${folder}/`), now: pathToFileURL(`${ours}/`) }
}
