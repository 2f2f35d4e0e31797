import t from 'tap'
import { buyer, stock } from '../../../support/buyer.ts'
import { build, spawnNode, until, environmentOf } from '../../../support/build.ts'
import { cutOff } from '../../../support/cut-off.ts'
import { faultProxy } from '../../../support/fault-proxy.ts'
import { busy, delivered, emptied, firstDeliveries, sinkOf, upTo, written } from './support.ts'

const app = await build(t)
const { sql, env } = environmentOf(app)

/** Changes a product's stock once, as a request that died right after its commit. */
const change = (product_id: string) =>
  sql.query(`select change_stock($1, 'adjust', 1, 'more', gen_random_uuid(), null)`, [product_id])

const versionsOf = async (product_id: string) =>
  firstDeliveries(await delivered(app, 'inventory'))[product_id] ?? []

t.test('events wait for Redis, which counts as no refusal', async (t) => {
  const way = await faultProxy(t, env.REDIS_URL!)
  const node = await build(t, { ...busy, REDIS_URL: way.url }, { like: app })
  const [tea] = await stock(app, 100)
  way.close()
  const tries = watchTries(node)
  // Checkout goes on; its events and those of the stock wait.
  const { status } = await buyer(node).buy([{ product_id: tea!, quantity: 2 }])
  t.equal(status, 201)
  for (const _ of upTo(20)) await change(tea!)
  await until('more attempts than an event is parked after', () => tries() > 15)
  const { rows } = await sql.query(
    `select count(*) as waiting, (select count(*) from outbox_deliveries) as noted from outbox`
  )
  t.same(rows, [{ waiting: 23, noted: 0 }])

  await way.open()
  await emptied(app)
  t.same(await versionsOf(tea!), upTo(22).slice(1))
  t.equal((await delivered(app, 'order')).length, 2)
  await node.close()
})

t.test('the relay goes on when the database is reachable again', async (t) => {
  const node = await build(t, busy, { like: app })
  const [tea] = await stock(app, 1)
  await change(tea!)
  await emptied(app)
  const giveBack = await cutOff(t, node, 'primary')
  await change(tea!)
  await giveBack()
  await until('the event', async () => (await versionsOf(tea!)).length === 2)
  await node.close()
})

t.test(
  'another relay takes over the partition of a killed relay when the lease is over',
  async (t) => {
    const way = await faultProxy(t, env.REDIS_URL!)
    const node = await spawnNode(t, environmentOf(app), { ...busy, REDIS_URL: way.url })
    const [tea] = await stock(app, 1)
    await change(tea!)
    await emptied(app)
    const held = async () => {
      const { rows } = await sql.query(
        'select partition from outbox_partition where owner is not null and lease_until > clock_timestamp()'
      )
      return rows.length === 1
    }

    // It hangs between the commit of its lease and the sink.
    way.block()
    await change(tea!)
    await until('a lease', held)
    node.child.kill('SIGSTOP')
    t.equal(await held(), true)
    await node.kill()
    way.close()

    const next = await build(t, busy, { like: app })
    const [cup] = await stock(app, 1)
    await change(cup!)
    await until('others to be published', async () => {
      const other = (await versionsOf(cup!)).length === 1
      return other || (await samePartition(tea!, cup!))
    })
    t.equal(
      (await written(app)).some(({ aggregateid }) => aggregateid === tea),
      true,
      'not while it is leased'
    )
    await sql.query('update outbox_partition set lease_until = now() where owner is not null')
    await emptied(app)
    t.same(await versionsOf(tea!), [2, 3])
    await next.close()
  }
)

t.test('an event that was published and not deleted is delivered again', async (t) => {
  const [tea] = await stock(app, 1)
  const dying = await build(t, busy, { like: app })
  const sink = sinkOf(dying)
  const { accept } = sink
  sink.accept = async (events) => {
    await accept(events)
    throw new Error('its answer was lost')
  }
  await change(tea!)
  await until('a delivery', async () => (await versionsOf(tea!)).length === 1)
  await dying.close()
  t.equal((await written(app)).length, 1)

  const next = await build(t, busy, { like: app })
  await emptied(app)
  const events = (await delivered(app, 'inventory')).filter(({ subject }) => subject === tea)
  t.ok(events.length >= 2)
  t.equal(new Set(events.map(({ id }) => id)).size, 1, 'under its own id')
  await next.close()
})

t.test('a node that closes gives its partition back at once', async (t) => {
  const node = await build(t, busy, { like: app })
  const sink = sinkOf(node)
  const { accept } = sink
  const { promise, resolve: begun } = Promise.withResolvers<void>()
  sink.accept = async (events) => {
    begun()
    return accept(events)
  }
  const [tea] = await stock(app, 1)
  for (const _ of upTo(30)) await change(tea!)
  await promise
  await node.close()
  const { rows } = await sql.query(
    `select partition from outbox_partition where owner is not null
     union all select partition from outbox_leases where owner is not null`
  )
  t.same(rows, [])
})

async function samePartition(...ids: string[]) {
  const { rows } = await sql.query(
    'select count(distinct hashtext(id) & 15) as n from unnest($1::text[]) as id',
    [ids]
  )
  return rows[0].n === 1
}

/** How often this node's relay has offered events to effects or to Redis Streams. */
function watchTries(node: typeof app) {
  let tries = 0
  for (const sink of node.eventSinks) {
    const { accept } = sink
    sink.accept = (events) => {
      tries++
      return accept(events)
    }
  }
  return () => tries
}
