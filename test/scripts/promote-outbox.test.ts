import t from 'tap'
import { becomePrimary } from '../../scripts/promote/become-primary.ts'
import { appRole, connected } from '../../scripts/stack/postgres/cluster.ts'
import { caughtUp } from '../../scripts/stack/postgres/replication.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { delivered, recordingSink } from '../plugins/background/outbox/support.ts'
import { buyer, stock } from '../support/buyer.ts'
import { build, environmentOf } from '../support/build.ts'
import { stopFollowing } from '../support/replica.ts'

const broker = recordingSink(t, 'broker')
broker.reachable = false
const sinks = { EVENT_SINKS: 'redis_streams,broker' }
const busy = { ...sinks, OUTBOX_INTERVAL_MS: '20' }
const app = await build(t, sinks, { replica: true })
const { sql, name, primaryUrl, env, replicaUrl } = environmentOf(app)
const url = replicaUrl!
const [tea] = await stock(app, 10)
const buy = () => buyer(app).buy([{ product_id: tea!, quantity: 1 }])

const ids = (events: { id: string }[]) => events.map((event) => event.id)
const waiting = async () =>
  ids((await sql.query<{ id: string }>('select id from outbox order by seq')).rows)
const streamed = async () =>
  ids([...(await delivered(app, 'order')), ...(await delivered(app, 'inventory'))])

t.test('a promoted replica publishes what the old primary had not, by the same ids', async (t) => {
  await buy()
  const backlog = await waiting()
  await relayOnce('a backlog of the broker', async () => {
    const { rows } = await sql.query(`select count(*) as n from outbox_deliveries`)
    return rows[0].n === backlog.length
  })

  await buy()
  const repeated = (await waiting()).slice(backlog.length)
  const unheard = await writeElsewhere()
  await caughtUp(primaryUrl, url)
  await stopFollowing(url, name)
  // Only the old primary knows that the stream has these. The event beside them reaches no sink before the promotion.
  await sql.query(
    `update outbox_partition set lease_until = now() + interval '1 hour'
     where partition = (select partition from outbox where id = $1)`,
    [unheard]
  )
  await relayOnce('the next events in the stream', async () => {
    const known = new Set(await streamed())
    return repeated.every((id) => known.has(id))
  })
  const before = await streamed()

  await promoteReplica()
  broker.reachable = true
  const PRIMARY_URL = env.REPLICA_URLS!
  const node = await build(t, { ...busy, PRIMARY_URL, REPLICA_URLS: '' }, { like: app })
  await until('the outbox of the new primary to be empty', async () => {
    const { rowCount } = await on('select from outbox limit 1')
    return rowCount === 0
  })
  await node.close()
  const all = [...backlog, ...repeated, unheard]
  t.same(ids(broker.events).toSorted(), all.toSorted(), 'the broker gets each of them once')
  t.same([...new Set(await streamed())].toSorted(), [...before, unheard].toSorted())
  const versions = broker.events.filter(({ subject }) => subject === tea)
  t.same(
    versions.map(({ aggregateversion }) => aggregateversion),
    [2, 3],
    'in order'
  )
})

const on = (text: string) => connected(url, (client) => client.query(text))

/** A relay of the old primary, until it has done this. */
async function relayOnce(what: string, isDone: () => Promise<boolean>) {
  const node = await build(t, busy, { like: app })
  await until(what, isDone)
  await node.close()
}

/** An event of a partition in which nothing else waits. */
async function writeElsewhere() {
  const { rows } = await sql.query<{ id: string }>(
    `insert into outbox (aggregatetype, aggregateid, version, type, payload)
     select 'order', id, 1, 'order.seen', '{}' from (select gen_random_uuid() as id from generate_series(1, 1000)) as made
     where hashtext(id::text) & 15 not in (select partition from outbox) limit 1
     returning id`
  )
  return rows[0]!.id
}

async function promoteReplica() {
  await becomePrimary(url, appRole)
  const drop = `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1`
  await until('the slot to be free', async () => Boolean(await sql.query(drop, [name])))
  await on(`alter database ${name} set default_transaction_read_only = off`)
}
