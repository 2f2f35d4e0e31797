import t from 'tap'
import { EventRefused } from '../../../../plugins/background/outbox/sinks/sink.ts'
import { stock } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { checkLedger } from '../../../sql/ledger.ts'
import { finish, line, newOrder, place } from '../../../sql/support.ts'
import { call } from '../../../routes/shop.ts'
import { busy, delivered, emptied, firstDeliveries, sinkOf, upTo } from './support.ts'

const app = await build(t)
const { sql } = environmentOf(app)

/** Changes a product's stock so many times; its version is one more afterwards. */
const change = async (product_id: string, times: number) => {
  await sql.query(
    `select change_stock($1, 'adjust', 1, 'more', gen_random_uuid(), null) from generate_series(1, $2)`,
    [product_id, times]
  )
}

/** Many small transactions at once: each change commits by itself, so relays see half of what comes. */
async function load(products: string[], rounds: number) {
  for (let round = 0; round < rounds; round++) {
    const orders = products.map((product) => newOrder([line(product)]))
    await Promise.all([
      place(sql, orders.slice(0, 4)),
      ...products.map((product) => change(product, 1))
    ])
    const ends = orders.slice(0, 4).map(({ id: order }, n) => ({
      order,
      outcome: n % 2 ? ('succeeded' as const) : ('failed' as const)
    }))
    await finish(sql, ends)
  }
}

t.test('three relays keep the order of every aggregate while it changes', async (t) => {
  const products = await stock(app, ...upTo(12).map(() => 100))
  const nodes = await Promise.all([1, 2, 3].map(() => build(t, busy, { like: app })))
  await load(products, 40)
  await emptied(app)

  const events = await delivered(app, 'inventory')
  t.equal(
    new Set(events.map(({ id }) => id)).size,
    events.length,
    'no two relays had one partition at a time'
  )
  const inventory = firstDeliveries(events)
  const { rows } = await sql.query('select product_id, version from inventory')
  for (const { product_id, version } of rows)
    t.same(inventory[product_id], upTo(version).slice(1), 'every version, in order')

  const orders = firstDeliveries(await delivered(app, 'order'))
  t.equal(Object.keys(orders).length, 160)
  for (const versions of Object.values(orders)) t.same(versions, [1, 2])

  const shares = await Promise.all(
    nodes.map(async ({ metrics }) => {
      const { values } = await metrics.registry
        .getSingleMetric('holdfast_outbox_published_total')!
        .get()
      return values.reduce((sum, { value }) => sum + value, 0)
    })
  )
  t.ok(
    shares.every((share) => share > 0),
    `every relay took part: ${shares.join(', ')}`
  )
  await checkLedger(t, sql)
  await Promise.all(nodes.map((node) => node.close()))
})

t.test('an event whose number is drawn early and committed late is not lost', async (t) => {
  const [early, late] = await stock(app, 1, 1)
  const node = await build(t, busy, { like: app })
  const client = await sql.connect()
  await client.query('begin')
  await client.query(`select change_stock($1, 'adjust', 1, 'more', gen_random_uuid(), null)`, [
    early
  ])
  await change(late!, 1)
  const has = async (id: string) =>
    (await delivered(app, 'inventory')).some(({ subject }) => subject === id)
  await until('the later one', () => has(late!))
  t.equal(await has(early!), false)
  await client.query('commit')
  client.release()
  await until('the earlier one', () => has(early!))
  await node.close()
})

t.test('a refused event stops its aggregate alone, and is parked', async (t) => {
  const products = await stock(app, ...upTo(40).map(() => 1))
  const { rows } = await sql.query<{ pair: string[] }>(
    `select array_agg(id) as pair from unnest($1::text[]) as id
     group by hashtext(id) & 15 order by count(*) desc limit 1`,
    [products]
  )
  // Of one partition, where the poison comes first, with more behind it than a relay reads at once.
  const [poisoned, healthy] = rows[0]!.pair
  await change(poisoned!, 250)
  await change(healthy!, 5)
  const node = await build(t, busy, { like: app })
  const sink = sinkOf(node)
  const { accept } = sink
  let tries = 0
  let refusing = true
  sink.accept = async (events) => {
    const at = events.findIndex(
      ({ subject, aggregateversion }) => subject === poisoned && aggregateversion === 2
    )
    if (!refusing || at < 0) return accept(events)
    if (at > 0) return accept(events.slice(0, at))
    tries++
    throw new EventRefused('poison', { event: events[0]!.id })
  }

  const parked = async () =>
    (
      await sql.query(
        `select version, sink from outbox join outbox_deliveries d using (seq)
         where d.parked_at is not null`
      )
    ).rows
  await until('the event to be parked', async () => (await parked()).length === 1)
  await until('the others', async () => {
    const seen = firstDeliveries(await delivered(app, 'inventory'))
    return seen[healthy!]?.length === 5 && seen[poisoned!]?.length === 249
  })
  t.same(await parked(), [{ version: 2, sink: 'redis_streams' }])
  t.equal(tries, 10)
  t.same(firstDeliveries(await delivered(app, 'inventory'))[poisoned!], upTo(251).slice(2))
  const { text } = await call(node, 'GET /metrics')
  t.match(text, 'holdfast_outbox_parked 1\n')
  t.match(text, 'holdfast_outbox_waiting 0\n')
  t.match(text, 'holdfast_outbox_sink_parked{sink="redis_streams"} 1\n')
  t.match(text, 'holdfast_outbox_sink_parked{sink="effects"} 0\n')

  refusing = false
  await sql.query('update outbox_deliveries set attempts = 0, parked_at = null')
  await emptied(app)
  await node.close()
})
