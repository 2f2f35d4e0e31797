import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { knownSinks } from '../../../../plugins/background/outbox/sinks/index.ts'
import { EventRefused } from '../../../../plugins/background/outbox/sinks/sink.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { stock } from '../../../support/buyer.ts'
import { faultProxy } from '../../../support/fault-proxy.ts'
import { call } from '../../../routes/shop.ts'
import {
  busy,
  delivered,
  emptied,
  firstDeliveries,
  recordingSink,
  sinkOf,
  upTo,
  written
} from './support.ts'

/** A shop whose node sleeps, and what tests do in it. */
async function shop(t: Test) {
  const app = await build(t)
  const { sql, env } = environmentOf(app)
  return {
    app,
    sql,
    env,
    /** Another node, whose relay does not sleep. */
    node: (EVENT_SINKS: string, more: Record<string, string> = {}) =>
      build(t, { ...busy, EVENT_SINKS, ...more }, { like: app }),
    /** Changes a product's stock, each time in a transaction of its own. */
    async change(product_id: string, times = 1) {
      for (let n = 0; n < times; n++)
        await sql.query(`select change_stock($1, 'adjust', 1, 'more', gen_random_uuid(), null)`, [
          product_id
        ])
    },
    inStream: async (product_id: string) =>
      firstDeliveries(await delivered(app, 'inventory'))[product_id] ?? [],
    /** Which sinks lack which events: nothing while all of them have all events. */
    async noted() {
      const { rows } = await sql.query(
        `select sink, count(*) as events from outbox_deliveries group by sink order by sink`
      )
      return Object.fromEntries(rows.map(({ sink, events }) => [sink, events]))
    }
  }
}

t.test('two sinks get every event, and nothing is noted for each', async (t) => {
  const { app, sql, node, change, inStream } = await shop(t)
  const kept = recordingSink(t, 'kept')
  const both = await node('redis_streams, kept')
  await sql.query(`create table noted (sink text);
    create function note() returns trigger language plpgsql as
      'begin insert into noted values (new.sink); return null; end';
    create trigger note after insert on outbox_deliveries for each row execute function note();
    grant insert on noted to public`)
  const [tea] = await stock(app, 1)
  await change(tea!, 30)
  await emptied(app)
  t.same(await inStream(tea!), upTo(31).slice(1))
  t.same(firstDeliveries(kept.events)[tea!], upTo(31).slice(1))
  t.same((await sql.query('select * from noted')).rows, [])
  t.equal(kept.started, 1)
  await both.close()
  t.equal(kept.stopped, 1)
})

t.test('a sink that is unreachable holds up no other, and gets everything later', async (t) => {
  const { app, node, change, inStream, noted } = await shop(t)
  const broker = recordingSink(t, 'broker')
  broker.reachable = false
  const both = await node('redis_streams,broker')
  const repeats = watchEffects(both)
  const [tea] = await stock(app, 1)
  await change(tea!, 5)
  await until('Redis Streams to have them', async () => (await inStream(tea!)).length === 5)
  await until('a backlog', async () => (await noted()).broker === 5)

  const { offers } = broker
  await until('the relay to ask again', () => broker.offers > offers + 10)
  t.same(await noted(), { broker: 5 })
  const done = repeats()
  await until('the relay to ask again', () => broker.offers > offers + 20)
  t.equal(repeats(), done, 'effects are not repeated while the broker is unreachable')
  const before = await delivered(app, 'inventory')

  await change(tea!, 3)
  await until('Redis Streams to go on', async () => (await inStream(tea!)).length === 8)
  broker.reachable = true
  await emptied(app)
  t.same(firstDeliveries(broker.events)[tea!], upTo(9).slice(1))
  t.equal((await delivered(app, 'inventory')).length, before.length + 3, 'no repeats')
  t.same(await noted(), {})

  // In step again: the next event is noted nowhere.
  await change(tea!)
  await emptied(app)
  t.same(firstDeliveries(broker.events)[tea!], upTo(10).slice(1))
})

t.test('a sink that hangs holds up no other for long', async (t) => {
  const { app, node, change, inStream } = await shop(t)
  const broker = recordingSink(t, 'broker')
  const { promise, reject: letGo } = Promise.withResolvers<number>()
  const { accept } = broker
  broker.accept = () => promise
  await node('redis_streams,broker')
  const [tea] = await stock(app, 1)
  await change(tea!)
  await until('Redis Streams to have it', async () => (await inStream(tea!)).length === 1)
  await until('a backlog of the broker', async () => {
    await change(tea!)
    const before = await inStream(tea!)
    await change(tea!)
    await until('the next event', async () => (await inStream(tea!)).length > before.length, 1000)
    return true
  })
  broker.accept = accept
  letGo(new Error('the test ends the wait'))
  await emptied(app)
  t.same(firstDeliveries(broker.events)[tea!], await inStream(tea!))
})

t.test('a new sink gets what was waiting when it was added', async (t) => {
  const { app, sql, node, change } = await shop(t)
  const one = recordingSink(t, 'one')
  one.reachable = false
  const old = await node('redis_streams,one')
  const [tea] = await stock(app, 1)
  await change(tea!, 4)
  await until('a backlog', async () => {
    const { rows } = await sql.query('select from outbox_deliveries')
    return rows.length === 4
  })
  const two = recordingSink(t, 'two')
  const young = await node('two')
  await until('the new sink', () => two.events.length === 4)
  t.same(firstDeliveries(two.events)[tea!], upTo(5).slice(1))
  t.equal((await written(app)).length, 4, 'the other sink still lacks them')
  one.reachable = true
  await emptied(app)
  t.equal(one.events.length, 4)
  await Promise.all([old.close(), young.close()])
})

t.test('a node of an older configuration deletes nothing that a new sink lacks', async (t) => {
  const { app, node, change, inStream } = await shop(t)
  const young = recordingSink(t, 'young')
  await (await node('redis_streams,young')).close()
  const old = await node('redis_streams')
  const [tea] = await stock(app, 1)
  await change(tea!, 7)
  await until('Redis Streams to have them', async () => (await inStream(tea!)).length === 7)
  await change(tea!)
  await until('the next one too', async () => (await inStream(tea!)).length === 8)
  await old.close()
  t.equal((await written(app)).length, 8)
  await node('redis_streams,young')
  await emptied(app)
  t.same(firstDeliveries(young.events)[tea!], upTo(9).slice(1))
  t.equal((await delivered(app, 'inventory')).length, 8, 'Redis Streams gets none of them twice')
})

t.test('a node of the last release gets nothing to do, and deletes nothing', async (t) => {
  const { app, sql, change } = await shop(t)
  const [tea] = await stock(app, 1)
  await change(tea!)
  const { rows } = await sql.query(
    `select claim_partition(gen_random_uuid(), '10 seconds', '{}'::int[]) as partition`
  )
  t.same(rows, [{ partition: null }])
  await t.rejects(sql.query('delete from outbox'), { message: /every sink has it/ })
  t.equal((await written(app)).length, 1)
})

t.test('an event that one sink refuses is parked for that sink alone', async (t) => {
  const { app, sql, node, change, inStream } = await shop(t)
  const fussy = recordingSink(t, 'fussy')
  const [tea, cup] = await stock(app, 1, 1)
  let tries = 0
  fussy.refuses = ({ subject, aggregateversion }) => {
    const refused = subject === tea && aggregateversion === 3
    if (refused) tries++
    return refused
  }
  await node('redis_streams,fussy')
  await change(tea!, 5)
  await change(cup!, 5)
  await until('Redis Streams to have all', async () => (await inStream(tea!)).length === 5)
  const parked = async () =>
    (await sql.query('select sink, attempts from outbox_deliveries where parked_at is not null'))
      .rows
  await until('the event to be parked', async () => (await parked()).length === 1)
  t.same(await parked(), [{ sink: 'fussy', attempts: 10 }])
  t.equal(tries, 10)
  await until('the others', () => fussy.events.length === 9)
  t.same(firstDeliveries(fussy.events), { [tea!]: [2, 4, 5, 6], [cup!]: upTo(6).slice(1) })
  await until('the others to leave', async () => (await written(app)).length === 1)

  fussy.refuses = () => false
  await sql.query('update outbox_deliveries set attempts = 0, parked_at = null')
  await emptied(app)
  t.same(firstDeliveries(fussy.events)[tea!], [2, 4, 5, 6, 3])
})

t.test('a sink that does not name what it refuses is asked for one event at a time', async (t) => {
  const { app, sql, node, change } = await shop(t)
  const fussy = recordingSink(t, 'fussy')
  fussy.names = false
  const [tea, cup] = await stock(app, 1, 1)
  fussy.refuses = ({ subject, aggregateversion }) => subject === tea && aggregateversion === 2
  await change(tea!, 3)
  await change(cup!, 3)
  await node('redis_streams,fussy')
  const parked = 'select attempts from outbox_deliveries where parked_at is not null'
  await until('the event to be parked', async () => (await sql.query(parked)).rowCount === 1)
  await until('the others', () => fussy.events.length === 5)
  t.same((await sql.query(parked)).rows, [{ attempts: 10 }])
  t.same(firstDeliveries(fussy.events), { [tea!]: [3, 4], [cup!]: [2, 3, 4] })
})

t.test('while Redis is unreachable other sinks go on, and effects are done later', async (t) => {
  const { app, env, node, change, inStream, noted } = await shop(t)
  const broker = recordingSink(t, 'broker')
  const way = await faultProxy(t, env.REDIS_URL!)
  const both = await node('redis_streams,broker', { REDIS_URL: way.url })
  const repeats = watchEffects(both)
  const [tea] = await stock(app, 1)
  way.close()
  await change(tea!, 6)
  await until('the broker to have them', () => broker.events.length === 6)
  await until('a backlog', async () => (await noted()).effects === 6)
  t.same(await noted(), { effects: 6, redis_streams: 6 })
  t.equal(repeats(), 0)

  await way.open()
  await emptied(app)
  t.ok(repeats() > 0)
  t.same(await inStream(tea!), upTo(7).slice(1))
  t.same(firstDeliveries(broker.events)[tea!], upTo(7).slice(1))
  t.equal(broker.events.length, 6, 'the broker gets none of them twice')
})

t.test('an event goes to other sinks when its effects are done', async (t) => {
  const { app, node, change } = await shop(t)
  const kept = recordingSink(t, 'kept')
  const both = await node('redis_streams,kept')
  const effects = sinkOf(both, 'effects')
  const { accept } = effects
  const done = new Set<string>()
  const early: string[] = []
  let refusals = 0
  effects.accept = async (events) => {
    // The effects of the first event fail twice.
    if (refusals < 2) {
      refusals++
      throw new EventRefused('not yet', { event: events[0]!.id })
    }
    const count = await accept(events.slice(0, 3))
    for (const { id } of events.slice(0, count)) done.add(id)
    return count
  }
  const take = kept.accept
  kept.accept = async (events) => {
    early.push(...events.filter(({ id }) => !done.has(id)).map(({ id }) => id))
    return take(events)
  }
  const [tea] = await stock(app, 1)
  await change(tea!, 20)
  await emptied(app)
  t.equal(refusals, 2)
  t.same(early, [])
  t.equal(kept.events.length, 20)
})

t.test('several nodes keep the order of each sink while sinks come and go', async (t) => {
  const { app, node, change } = await shop(t)
  const sinks = ['one', 'two'].map((name) => recordingSink(t, name))
  const nodes = await Promise.all([1, 2, 3].map(() => node('redis_streams,one,two')))
  const products = await stock(app, ...upTo(6).map(() => 1))
  for (let round = 0; round < 20; round++) {
    for (const [n, sink] of sinks.entries()) sink.reachable = (round >> (n + 1)) % 2 === 0
    await Promise.all(products.map((product) => change(product)))
  }
  for (const sink of sinks) sink.reachable = true
  await emptied(app)
  const all = Object.fromEntries(products.map((product) => [product, upTo(21).slice(1)]))
  for (const { events } of sinks) t.same(firstDeliveries(events), all)
  t.same(firstDeliveries(await delivered(app, 'inventory')), all)
  await Promise.all(nodes.map((one) => one.close()))
})

t.test('metrics tell what each sink lacks', async (t) => {
  const { app, node, change, noted } = await shop(t)
  const broker = recordingSink(t, 'broker')
  broker.reachable = false
  const both = await node('redis_streams,broker')
  const [tea] = await stock(app, 1)
  await change(tea!, 2)
  await until('a backlog', async () => (await noted()).broker === 2)
  const { text } = await call(both, 'GET /metrics')
  for (const line of [
    'holdfast_outbox_waiting 2',
    'holdfast_outbox_parked 0',
    'holdfast_outbox_sink_waiting{sink="broker"} 2',
    'holdfast_outbox_sink_waiting{sink="effects"} 0',
    'holdfast_outbox_sink_waiting{sink="redis_streams"} 0',
    'holdfast_outbox_published_total{type="inventory.changed",sink="redis_streams"} 2'
  ])
    t.match(text, `${line}\n`)
  t.match(text, /holdfast_outbox_sink_oldest_seconds\{sink="broker"\} 0\.\d/)
})

t.test('a node that names a sink which does not exist does not start', async (t) => {
  const { app, sql } = await shop(t)
  const known = Object.keys(knownSinks).join(', ')
  await t.rejects(build(t, { EVENT_SINKS: 'redis_streams,kafak' }, { like: app }), {
    message: new RegExp(`EVENT_SINKS names the sink kafak, .+: there are ${known}, none$`)
  })
  const { rows } = await sql.query('select name from event_sinks order by name')
  t.same(rows, [{ name: 'effects' }, { name: 'redis_streams' }])
})

t.test('a node without sinks relays nothing, and adds none', async (t) => {
  const { app, sql, node } = await shop(t)
  const quiet = await node('none')
  t.same(quiet.eventSinks, [])
  const [tea] = await stock(app, 1)
  await sql.query(
    `insert into outbox (aggregatetype, aggregateid, version, type, payload)
     values ('product', $1, 2, 'product.changed', $2)`,
    [tea, { product_id: tea, slug: randomUUID() }]
  )
  await quiet.close()
  t.equal((await written(app)).length, 1)
})

/** How often this node has told the gate of a change. */
function watchEffects({ reservation }: Awaited<ReturnType<typeof build>>) {
  let repeats = 0
  const { refresh } = reservation
  reservation.refresh = async (ids) => {
    await refresh(ids)
    repeats++
  }
  return () => repeats
}
