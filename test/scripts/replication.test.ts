import type { Client } from 'pg'
import t from 'tap'
import { connected } from '../../scripts/stack/postgres/cluster.ts'
import {
  caughtUp,
  forgetBroken,
  refresh,
  resubscribe,
  subscribe,
  synced
} from '../../scripts/stack/postgres/replication.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { stopFollowing } from '../support/replica.ts'
import { environment } from '../support/environment.ts'

const insert = `insert into categories (id, slug, name) values (gen_random_uuid(), gen_random_uuid()::text, 'Mugs')`
const count = 'select count(*)::int as n from categories'

t.test('a second subscribe changes nothing', async (t) => {
  const { sql, name, primaryUrl, replicaUrl } = await environment(t, { replica: true })
  await subscribe(primaryUrl, replicaUrl!, name)
  await refresh(replicaUrl!)
  await sql.query(insert)
  await until('the row', async () => (await rows(replicaUrl!)) === 1, 10_000)
})

t.test('a replica whose slot was dropped is copied again', async (t) => {
  const { sql, name, primaryUrl, replicaUrl } = await environment(t, { replica: true })
  await connected(replicaUrl!, (client) => client.query(`alter subscription ${name} disable`))
  const drop = `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '${name}'`
  await until('the slot to be free', async () => Boolean(await sql.query(drop)), 10_000)
  await sql.query(insert)

  await subscribe(primaryUrl, replicaUrl!, name)
  await synced(replicaUrl!)
  t.equal(await rows(replicaUrl!), 1, 'what it had missed')
  await sql.query(insert)
  await until('the next row', async () => (await rows(replicaUrl!)) === 2, 10_000)
})

t.test('subscribe replaces a slot that no replica uses', async (t) => {
  const { sql, name, primaryUrl, replicaUrl } = await environment(t, { replica: true })
  await connected(replicaUrl!, async (client) => {
    await client.query(`alter subscription ${name} disable`)
    await client.query(`alter subscription ${name} set (slot_name = none)`)
    await client.query(`drop subscription ${name}`)
  })
  await subscribe(primaryUrl, replicaUrl!, name)
  await synced(replicaUrl!)
  await sql.query(insert)
  await until('the row', async () => (await rows(replicaUrl!)) === 1, 10_000)
})

t.test('a replica without a worker does not count as caught up', async (t) => {
  const { name, primaryUrl, replicaUrl } = await environment(t, { replica: true })
  const go = await stopFollowing(replicaUrl!, name)
  await t.rejects(caughtUp(primaryUrl, replicaUrl!, 200), /took longer/)
  await go()
  await caughtUp(primaryUrl, replicaUrl!)
})

t.test('forgetBroken drops a subscription without a slot, and keeps a sound one', async (t) => {
  const { sql, name, primaryUrl, replicaUrl } = await environment(t, { replica: true })
  const known = () =>
    connected(replicaUrl!, async (client) => {
      const one = await client.query('select from pg_subscription where subname = $1', [name])
      return one.rowCount === 1
    })
  await forgetBroken(primaryUrl, replicaUrl!, name)
  t.ok(await known())
  await connected(replicaUrl!, (client) => client.query(`alter subscription ${name} disable`))
  const drop = `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '${name}'`
  await until('the slot to be free', async () => Boolean(await sql.query(drop)), 10_000)
  await forgetBroken(primaryUrl, replicaUrl!, name)
  t.notOk(await known())
})

t.test('resubscribe rebuilds a replica, whatever rows it has', async (t) => {
  const { sql, name, primaryUrl, replicaUrl } = await environment(t, { replica: true })
  await sql.query(insert)
  await connected(replicaUrl!, (client) => client.query(insert))
  await resubscribe(primaryUrl, replicaUrl!, name)
  t.equal(await rows(replicaUrl!), 1, 'what the primary has, and no more')
  await sql.query(insert)
  await until('the next row', async () => (await rows(replicaUrl!)) === 2, 10_000)
})

async function rows(url: string): Promise<number> {
  return connected(
    url,
    async (client: Client) => (await client.query<{ n: number }>(count)).rows[0]!.n
  )
}
