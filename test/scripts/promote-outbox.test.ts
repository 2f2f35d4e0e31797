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
const app = await build(t, sinks, { replica: true })
const home = environmentOf(app)
const { sql, name, primaryUrl, env } = home
const url = home.replicaUrl!
const [tea] = await stock(app, 10)
const buy = () => buyer(app).buy([{ product_id: tea!, quantity: 1 }])

const waiting = async (from: typeof sql) =>
  (
    await from.query<{ id: string; subject: string }>(
      'select id, aggregateid as subject from outbox order by seq'
    )
  ).rows
const ids = (events: { id: string }[]) => events.map((event) => event.id)
const streamed = async () =>
  ids([...(await delivered(app, 'order')), ...(await delivered(app, 'inventory'))])

t.test(
  'a promoted replica publishes what the old primary had not, under the same ids',
  async (t) => {
    // Three kinds of events: one that only the broker lacks, one that left after the replica's position, one that nobody has.
    await buy()
    const relay = await build(t, { ...sinks, OUTBOX_INTERVAL_MS: '20' }, { like: app })
    const backlog = await waiting(sql)
    await until('a backlog of the broker', async () => {
      const { rows } = await sql.query(
        `select count(*) as n from outbox_deliveries where sink = 'broker'`
      )
      return rows[0].n === backlog.length
    })
    await relay.close()
    await buy()
    const repeated = (await waiting(sql)).slice(backlog.length)
    const unheard = await writeElsewhere()
    await caughtUp(primaryUrl, url)
    await stopFollowing(url, name)
    await sql.query(
      `update outbox_partition set lease_until = now() + interval '1 hour'
       where partition = (select partition from outbox where id = $1)`,
      [unheard.id]
    )
    const last = await build(t, { ...sinks, OUTBOX_INTERVAL_MS: '20' }, { like: app })
    await until('the next events in the stream', async () => {
      const known = new Set(await streamed())
      return repeated.every(({ id }) => known.has(id))
    })
    await last.close()
    const before = await streamed()

    await becomePrimary(url, appRole)
    await until('the slot to be free', async () =>
      Boolean(
        await sql.query(
          `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = '${name}'`
        )
      )
    )
    await connected(url, (client) =>
      client.query(`alter database ${name} set default_transaction_read_only = off`)
    )
    // A dead relay's leases end by themselves.
    await connected(url, (client) =>
      client.query(
        'update outbox_partition set lease_until = now(); update outbox_leases set lease_until = now()'
      )
    )
    broker.reachable = true
    const node = await build(
      t,
      { ...sinks, PRIMARY_URL: env.REPLICA_URLS!, REPLICA_URLS: '', OUTBOX_INTERVAL_MS: '20' },
      { like: app }
    )
    await until('the outbox of the new primary to be empty', async () => {
      const { rowCount } = await connected(url, (client) =>
        client.query('select from outbox limit 1')
      )
      return rowCount === 0
    })
    t.same(
      new Set(ids(broker.events)),
      new Set(ids([...backlog, ...repeated, unheard])),
      'the broker gets all, under the ids of the old primary'
    )
    for (const type of ['order', 'inventory']) {
      const seen = new Set<string>()
      const first = (await delivered(app, type)).filter(({ id }) => !seen.has(id) && seen.add(id))
      const versions = first.map(
        ({ subject, aggregateversion }) => `${subject} ${aggregateversion}`
      )
      t.equal(new Set(versions).size, versions.length, 'no change has two events')
      t.same(
        versions.filter((one) => one.startsWith(tea!)),
        versions.filter((one) => one.startsWith(tea!)).toSorted(),
        'in order'
      )
    }
    const after = new Set(await streamed())
    t.same(after, new Set([...before, unheard.id]), 'the stream gets what it lacked, and repeats')
    await node.close()
  }
)

/** An event of a partition in which nothing waits. */
async function writeElsewhere() {
  const { rows } = await sql.query<{ id: string; subject: string }>(
    `insert into outbox (aggregatetype, aggregateid, version, type, payload)
     select 'order', id, 1, 'order.seen', '{}' from generate_series(1, 1000), gen_random_uuid() as id
     where hashtext(id::text) & 15 not in (select partition from outbox) limit 1
     returning id, aggregateid as subject`
  )
  return rows[0]!
}
