import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Cache, Cached, Load } from '../../../../plugins/storage/cache/index.ts'
import { caughtUp } from '../../../../scripts/stack/postgres/replication.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { holdBack } from '../../../support/replica.ts'

const app = await build(t, {}, { replica: true, redis: true })
const { redis } = app
// As if this Redis had been up for long.
const run = /^run_id:(\w+)/m.exec(await redis.info('server'))![1]!
const grow = () => redis.set('cache:born', `${run}:1`)
await grow()

/** The cache of a node, with the JSON text alone of what it reads. */
function bodiesOf(node: FastifyInstance) {
  return {
    ...node.cache,
    read: async (...of: Parameters<Cache['read']>) => bodyOf(await node.cache.read(...of)),
    readListing: async (...of: Parameters<Cache['readListing']>) =>
      bodyOf(await node.cache.readListing(...of))
  }
}

const bodyOf = ({ text, state }: Cached) => ({ body: text?.json, state })

const cache = bodiesOf(app)
const newKey = () => `thing:${randomUUID()}`
const hour = 3_600_000

/** A load that records the database that it reads from, and ends on request. */
function gated(body: string) {
  const { promise, resolve: open } = Promise.withResolvers<void>()
  const readers: string[] = []
  const load: Load = async (reader) => {
    readers.push(reader === app.db ? 'primary' : 'replica')
    await promise
    return body
  }
  const begun = (times = 1) => until('the load', () => readers.length === times)
  return { load, open, readers, begun }
}

const load = (body: string | undefined) => async () => body

t.test('the cache loads a missing value and keeps it for about its time to live', async (t) => {
  const key = newKey()
  t.same(await cache.read(key, hour, load('one')), { body: 'one', state: 'miss' })
  t.same(await cache.read(key, hour, load('two')), { body: 'one', state: 'hit' })
  const ttl = await redis.pttl(key)
  t.ok(ttl > hour * 0.89 && ttl < hour * 1.11, `${ttl} ms`)
})

t.test('the cache keeps for 30 s that a row does not exist', async (t) => {
  const key = newKey()
  t.same(await cache.read(key, hour, load(undefined)), { body: undefined, state: 'miss' })
  t.same(await cache.read(key, hour, load('late')), { body: undefined, state: 'hit' })
  const ttl = await redis.pttl(key)
  t.ok(ttl > 20_000 && ttl <= 33_000, `${ttl} ms`)
  await cache.invalidate(key)
  t.match(await cache.read(key, hour, load('made')), { body: 'made', state: 'miss' })
})

t.test('concurrent misses on a node share one load', async (t) => {
  const key = newKey()
  const { load: slow, open, readers, begun } = gated('one')
  const reads = Array.from({ length: 50 }, () => cache.read(key, hour, slow))
  await begun()
  open()
  t.same(new Set((await Promise.all(reads)).map(({ body }) => body)), new Set(['one']))
  t.equal(readers.length, 1)
})

t.test('the cache does not keep a failed load', async (t) => {
  const key = newKey()
  await t.rejects(cache.read(key, hour, broken), { message: 'broken' })
  t.match(await cache.read(key, hour, load('one')), { body: 'one' })
})

t.test('the cache stores no value whose lease has ended', async (t) => {
  const key = newKey()
  const { load: slow, open, begun } = gated('old')
  const read = cache.read(key, hour, slow)
  await begun()
  await redis.del(`lease:${key}`)
  open()
  t.same(await read, { body: 'old', state: 'miss' })
  t.match(await cache.read(key, hour, load('new')), { body: 'new', state: 'miss' })
  t.equal(await redis.exists(`lease:${key}`), 0, 'a fill ends its lease')
})

t.test(
  'a change during a load wins, and a reader after the change does not get the old value',
  async (t) => {
    const key = newKey()
    const { load: slow, open, begun } = gated('old')
    const before = cache.read(key, hour, slow)
    await begun()
    await cache.invalidate(key)
    t.same(await cache.read(key, hour, load('new')), { body: 'new', state: 'miss' })
    open()
    t.equal((await before).body, 'old', 'it asked before the change')
    t.same(await cache.read(key, hour, load('newer')), { body: 'new', state: 'hit' })
  }
)

t.test('a change on another node during a load wins as well', async (t) => {
  const other = await build(t, {}, { like: app })
  const key = newKey()
  const { load: slow, open, begun } = gated('old')
  const before = cache.read(key, hour, slow)
  await begun()
  await other.cache.invalidate(key)
  t.equal((await cache.read(key, hour, load('new'))).body, 'new')
  open()
  await before
  t.equal((await bodiesOf(other).read(key, hour, load('newer'))).body, 'new')
})

t.test(
  'a miss reads from a replica, after a change only from one that has the change',
  async (t) => {
    const quiet = gated('one')
    quiet.open()
    await cache.read(newKey(), hour, quiet.load)
    t.same(quiet.readers, ['replica'])

    const [key, other] = [newKey(), newKey()]
    const wake = await freeze(t, app)
    await environmentOf(app).sql.query('update cluster set epoch = epoch')
    await cache.invalidate(key)
    const [changed, unchanged] = [gated('two'), gated('three')]
    for (const { open } of [changed, unchanged]) open()
    await cache.read(key, hour, changed.load)
    await cache.read(other, hour, unchanged.load)
    t.same([changed.readers, unchanged.readers], [['primary'], ['replica']])
    t.ok((await redis.pttl(`tombstone:${key}`)) > 50_000, 'for a minute')

    await cache.invalidate(key)
    await wake()
    const later = gated('four')
    later.open()
    await cache.read(key, hour, later.load)
    t.same(later.readers, ['replica'])
  }
)

t.test(
  'a change ends the generation of listings, and the next generation has the change',
  async (t) => {
    const first = gated('one')
    first.open()
    await cache.readListing('page:1', hour, first.load)
    t.equal((await cache.readListing('page:1', hour, load('two'))).state, 'hit')
    const wake = await freeze(t, app)
    await environmentOf(app).sql.query('update cluster set epoch = epoch')
    await cache.invalidateListings()
    const second = gated('two')
    second.open()
    t.match(await cache.readListing('page:1', hour, second.load), { body: 'two', state: 'miss' })
    t.same(second.readers, ['primary'])
    await wake()
    const third = gated('three')
    third.open()
    await cache.readListing('page:2', hour, third.load)
    t.same(third.readers, ['replica'])
  }
)

t.test('a value of another run of Redis, or of another epoch, is a miss', async (t) => {
  const key = newKey()
  await cache.read(key, hour, load('one'))
  const value = (await redis.get(key))!
  const tag = /#([\w-]{16}):one$/.exec(value)![1]!
  t.equal(value, `${run}:${app.epoch()}#${tag}:one`)
  const others = [`before:${app.epoch()}#${tag}:old`, `${run}:before#${tag}:old`]
  for (const older of [...others, `${run}:${app.epoch()}:of a release without tags`]) {
    await redis.set(key, older)
    t.same(await cache.read(key, hour, load('one')), { body: 'one', state: 'miss' })
  }
})

t.test('a Redis that comes back with older data serves none of it', async (t) => {
  const key = newKey()
  const shop = await build(t, {}, { redis: true })
  await bodiesOf(shop).read(key, hour, load('old'))
  await bodiesOf(shop).readListing('page:1', hour, load('old'))
  process.kill(environmentOf(shop).redisPid()!, 'SIGKILL')
  await until('Redis to be away', () => shop.redis.status !== 'ready')
  await until('Redis to be back', () => shop.redis.status === 'ready')
  await until('its memory', () => shop.redis.exists(key))
  t.same(await bodiesOf(shop).read(key, hour, load('new')), { body: 'new', state: 'miss' })
  t.same(await bodiesOf(shop).readListing('page:1', hour, load('new')), {
    body: 'new',
    state: 'miss'
  })
  t.same(await bodiesOf(shop).read(key, hour, load('newer')), { body: 'new', state: 'hit' })
})

t.test('500 concurrent misses on three nodes make at most one load a node', async (t) => {
  const nodes = [app, await build(t, {}, { like: app }), await build(t, {}, { like: app })]
  const key = newKey()
  let loaded = 0
  const slow = async () => {
    loaded++
    await environmentOf(app).sql.query('select pg_sleep(0.02)')
    return 'one'
  }
  const reads = Array.from({ length: 500 }, (_, n) => bodiesOf(nodes[n % 3]!).read(key, hour, slow))
  t.same(new Set((await Promise.all(reads)).map(({ body }) => body)), new Set(['one']))
  t.ok(loaded <= 3, `${loaded} loads`)
})

t.test('the cache counts its reads and fills', async (t) => {
  const text = await app.metrics.registry.metrics()
  t.match(text, /holdfast_cache_reads_total\{cache="thing",result="hit"\} [1-9]/)
  t.match(text, /holdfast_cache_reads_total\{cache="thing",result="joined"\} [1-9]/)
  t.match(text, /holdfast_cache_fills_total\{cache="thing",result="refused"\} [1-9]/)
})

t.test(
  'a generation never gives way to an older one, in whatever order changes are reported',
  async (t) => {
    const names: string[] = []
    for (let n = 0; n < 20; n++) {
      await environmentOf(app).sql.query('update cluster set epoch = epoch')
      await Promise.all([cache.invalidateListings(), cache.invalidateListings()])
      names.push((await redis.get('products:generation'))!)
    }
    t.same(names, names.toSorted())
    t.equal(new Set(names).size, names.length)
    await cache.invalidateListings()
    t.not(await redis.get('products:generation'), names.at(-1), 'even without a write in between')
    const later = `${run}:${app.epoch()}:ffffffffffffffff:later`
    await redis.set('products:generation', later)
    await cache.invalidateListings()
    t.equal(await redis.get('products:generation'), later)
    await redis.set('products:generation', `before:${app.epoch()}:ffffffffffffffff:later`)
    await cache.invalidateListings()
    t.match(await redis.get('products:generation'), run, 'a generation of another run is replaced')
  }
)

t.test('the cache does not read from replicas just after Redis was emptied', async (t) => {
  await cache.readListing('page:1', hour, load('old'))
  const before = await redis.get('products:generation')
  await redis.flushall()
  const [thing, list] = [gated('one'), gated('two')]
  thing.open()
  list.open()
  await cache.read(newKey(), hour, thing.load)
  t.equal((await cache.readListing('page:1', hour, list.load)).body, 'two')
  t.same([...thing.readers, ...list.readers], ['primary', 'primary'])
  t.not(await redis.get('products:generation'), before)
  await grow()
})

t.test('every read is a load from the primary while Redis is unreachable', async (t) => {
  const lone = await build(t, {}, { like: app })
  lone.redis.disconnect()
  const readers: unknown[] = []
  const direct: Load = async (reader) => {
    readers.push(reader)
    return 'one'
  }
  for (let n = 0; n < 2; n++)
    t.same(await bodiesOf(lone).read('thing', hour, direct), { body: 'one', state: 'miss' })
  t.equal((await bodiesOf(lone).readListing('page:1', hour, direct)).body, 'one')
  t.ok(readers.length === 3 && readers.every((reader) => reader === lone.db))
  await lone.cache.invalidate('thing')
  await lone.cache.invalidateListings()
})

const broken = () => Promise.reject(new Error('broken'))

/** Stops the replica before the next change until the result is called; then the replica has everything. */
async function freeze(t: Test, node: FastifyInstance) {
  const { replicaUrl, primaryUrl } = environmentOf(node)
  const go = await holdBack(t, replicaUrl!, 'cluster')
  return async () => {
    await go()
    await caughtUp(primaryUrl, replicaUrl!)
    await until('the node to know', () => node.replicas.all[0]!.health.state === 'healthy')
  }
}
