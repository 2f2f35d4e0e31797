import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build, environmentOf, until } from '../../../support/build.ts'
import { stock } from '../../../support/buyer.ts'
import { busy, delivered, emptied, firstDeliveries, sinkOf, upTo, written } from './support.ts'

// A batch is sent in one call: what becomes of it when Redis takes a part of it, or ends meanwhile.
const app = await build(t, {}, { redis: true })
const { sql, redisPid } = environmentOf(app)

/** Writes events of aggregates that do not exist, in the order given; an event's version is its number among its aggregate's. */
async function write(events: [aggregatetype: string, id: string][]) {
  const versions = new Map<string, number>()
  for (const [type, id] of events) {
    const version = (versions.get(`${type} ${id}`) ?? 0) + 1
    versions.set(`${type} ${id}`, version)
    await sql.query(
      `insert into outbox (aggregatetype, aggregateid, version, type, payload) values ($1, $2, $3, $1 || '.seen', '{}')`,
      [type, id, version]
    )
  }
}

const inStream = async (type: string, id: string) =>
  firstDeliveries(await delivered(app, type))[id] ?? []

t.test(
  'no event overtakes a refused one of its aggregate in a batch, and others go on',
  async (t) => {
    const id = randomUUID()
    await app.redis.set('events:product', 'no stream')
    // Of one partition, so of one batch: the first refusal stands in the middle of it.
    const before = upTo(20).map(() => ['inventory', id] as [string, string])
    const mixed = upTo(20).flatMap(() => [
      ['product', id] as [string, string],
      ['inventory', id] as [string, string]
    ])
    await write([...before, ...mixed])
    const node = await build(t, busy, { like: app })
    const sink = sinkOf(node)
    const { accept } = sink
    const sizes: number[] = []
    sink.accept = async (events) => {
      sizes.push(events.length)
      return accept(events)
    }
    await until('the others', async () => (await inStream('inventory', id)).length === 40)
    t.same(await inStream('inventory', id), upTo(40))
    t.equal(sizes[0], 60, 'all of them in one call')
    await app.redis.del('events:product')
    await emptied(app)
    t.same(await inStream('product', id), upTo(20))
    await node.close()
  }
)

t.test('a Redis that is full takes none of a batch, and refuses no event', async (t) => {
  const id = randomUUID()
  await write(upTo(30).map(() => ['order', id]))
  await app.redis.config('SET', 'maxmemory-policy', 'noeviction')
  await app.redis.config('SET', 'maxmemory', '1mb')
  const node = await build(t, busy, { like: app })
  const { promise, resolve } = Promise.withResolvers<void>()
  const sink = sinkOf(node)
  const { accept } = sink
  let errors = 0
  sink.accept = (events) =>
    accept(events).catch((err: Error) => {
      t.match(err, { name: 'Error', message: /OOM/ })
      if (++errors === 12) resolve()
      throw err
    })
  await promise
  t.same(await inStream('order', id), [])
  await app.redis.config('SET', 'maxmemory', '1gb')
  await emptied(app)
  t.same(await inStream('order', id), upTo(30))
  await node.close()
})

t.test(
  'events of a batch are repeated and never out of order when Redis is killed in the middle',
  async (t) => {
    const products = await stock(app, ...upTo(8).map(() => 1))
    const node = await build(t, busy, { like: app })
    const sink = sinkOf(node)
    const { accept } = sink
    let is_due = false
    sink.accept = async (events) => {
      const answer = accept(events)
      // Redis has got a part of the batch, all of it or nothing.
      if (is_due) process.kill(redisPid()!, 'SIGKILL')
      is_due = false
      return answer
    }
    const reachable = () =>
      until('Redis', async () => (await app.redis.ping().catch(() => '')) === 'PONG')
    for (const _ of upTo(3)) {
      is_due = true
      await sql.query(
        `select change_stock(p, 'adjust', 1, 'more', gen_random_uuid(), null)
         from unnest($1::uuid[]) as p, generate_series(1, 50)`,
        [products]
      )
      await emptied(app)
      await reachable()
      t.equal(is_due, false, 'Redis was killed')
    }
    const events = firstDeliveries(await delivered(app, 'inventory'))
    const { rows } = await sql.query('select product_id, version from inventory')
    for (const { product_id, version } of rows)
      t.same(events[product_id], upTo(version).slice(1), 'every version, in order')
    await node.close()
  }
)

t.test('events of a batch that is larger than a call are all sent', async (t) => {
  const id = randomUUID()
  await sql.query(
    `insert into outbox (aggregatetype, aggregateid, version, type, payload)
     select 'order', $1, n, 'order.seen', jsonb_build_object('text', repeat('x', 100000)) from generate_series(1, 25) as n`,
    [id]
  )
  const node = await build(t, busy, { like: app })
  await emptied(app)
  t.same(await inStream('order', id), upTo(25))
  t.same(await written(app), [])
  await node.close()
})

t.test('the stock of all products of a batch is read and told to the gate at once', async (t) => {
  const products = await stock(app, ...upTo(40).map(() => 1))
  for (const product of products)
    await sql.query(`select change_stock($1, 'adjust', 1, 'more', gen_random_uuid(), null)`, [
      product
    ])
  const node = await build(t, busy, { like: app })
  const calls: number[] = []
  const { refresh } = node.reservation
  node.reservation.refresh = async (ids) => {
    calls.push(ids.length)
    return refresh(ids)
  }
  await emptied(app)
  t.ok(calls.length <= 16, `one call a partition at most: ${calls.join(' ')}`)
  t.equal(
    (await node.reservation.look(products)).filter(({ quantity }) => quantity === 2).length,
    40
  )
  await node.close()
})
