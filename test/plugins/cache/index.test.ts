import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { Load } from '../../../plugins/cache/index.ts'
import { build, until, worldOf } from '../../helper.ts'

const app = await build(t, {}, { replica: true, redis: true })
const { cache, redis } = app
// This Redis has been up for long.
await redis.set('cache:born', 1)

const newKey = () => `thing:${randomUUID()}`
const hour = 3_600_000

/** A load that tells from where it reads, and ends when it is told to. */
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

t.test('loads what it has not and keeps it, about as long as it is told', async (t) => {
  const key = newKey()
  t.same(await cache.read(key, hour, load('one')), { body: 'one', state: 'miss' })
  t.same(await cache.read(key, hour, load('two')), { body: 'one', state: 'hit' })
  const ttl = await redis.pttl(key)
  t.ok(ttl > hour * 0.89 && ttl < hour * 1.11, `${ttl} ms`)
})

t.test('remembers for half a minute that there is none', async (t) => {
  const key = newKey()
  t.same(await cache.read(key, hour, load(undefined)), { body: undefined, state: 'miss' })
  t.same(await cache.read(key, hour, load('late')), { body: undefined, state: 'hit' })
  const ttl = await redis.pttl(key)
  t.ok(ttl > 20_000 && ttl <= 33_000, `${ttl} ms`)
  await cache.invalidate(key)
  t.match(await cache.read(key, hour, load('made')), { body: 'made', state: 'miss' })
})

t.test('many misses at once share one load', async (t) => {
  const key = newKey()
  const { load: slow, open, readers, begun } = gated('one')
  const reads = Array.from({ length: 50 }, () => cache.read(key, hour, slow))
  await begun()
  open()
  t.same(new Set((await Promise.all(reads)).map(({ body }) => body)), new Set(['one']))
  t.equal(readers.length, 1)
})

t.test('forgets a load that failed', async (t) => {
  const key = newKey()
  await t.rejects(cache.read(key, hour, broken), { message: 'broken' })
  t.match(await cache.read(key, hour, load('one')), { body: 'one' })
})

t.test('stores nothing whose lease is gone', async (t) => {
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

t.test('a change during a load wins, and who comes after it does not get the old', async (t) => {
  const key = newKey()
  const { load: slow, open, begun } = gated('old')
  const before = cache.read(key, hour, slow)
  await begun()
  await cache.invalidate(key)
  t.same(await cache.read(key, hour, load('new')), { body: 'new', state: 'miss' })
  open()
  t.equal((await before).body, 'old', 'it asked before the change')
  t.same(await cache.read(key, hour, load('newer')), { body: 'new', state: 'hit' })
})

t.test('a change that another node makes wins as well', async (t) => {
  const other = await build(t, {}, { like: app })
  const key = newKey()
  const { load: slow, open, begun } = gated('old')
  const before = cache.read(key, hour, slow)
  await begun()
  await other.cache.invalidate(key)
  t.equal((await cache.read(key, hour, load('new'))).body, 'new')
  open()
  await before
  t.equal((await other.cache.read(key, hour, load('newer'))).body, 'new')
})

t.test('reads replicas, but the primary just after a change', async (t) => {
  const [quiet, changed] = [gated('one'), gated('two')]
  quiet.open()
  changed.open()
  await cache.read(newKey(), hour, quiet.load)
  t.same(quiet.readers, ['replica'])
  const key = newKey()
  await cache.invalidate(key)
  await cache.read(key, hour, changed.load)
  t.same(changed.readers, ['primary'])
  t.ok((await redis.pttl(`written:${key}`)) > 4000, 'for five seconds')
})

t.test('a generation of listings ends with a change, and its next reads the primary', async (t) => {
  const first = gated('one')
  first.open()
  await cache.readListing('page:1', hour, first.load)
  t.equal((await cache.readListing('page:1', hour, load('two'))).state, 'hit')
  await redis.del('written:products:generation')
  const second = gated('two')
  second.open()
  await cache.readListing('page:2', hour, second.load)
  t.same(second.readers, ['replica'])
  await cache.invalidateListings()
  const third = gated('three')
  third.open()
  t.match(await cache.readListing('page:1', hour, third.load), { body: 'three', state: 'miss' })
  t.same(third.readers, ['primary'])
})

t.test('generations never go back, whoever tells of a change', async (t) => {
  const names: string[] = []
  for (let n = 0; n < 20; n++) {
    await worldOf(app).sql.query('update cluster set epoch = epoch')
    await Promise.all([cache.invalidateListings(), cache.invalidateListings()])
    names.push((await redis.get('products:generation'))!)
  }
  t.same(names, names.toSorted())
  t.equal(new Set(names).size, names.length)
  await cache.invalidateListings()
  t.not(await redis.get('products:generation'), names.at(-1), 'even without a write in between')
  await redis.set('products:generation', 'ffffffffffffffff:later')
  await cache.invalidateListings()
  t.equal(await redis.get('products:generation'), 'ffffffffffffffff:later')
})

t.test('does not trust replicas just after Redis was emptied', async (t) => {
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
})

t.test('without Redis every read is a load from the primary', async (t) => {
  const lone = await build(t, {}, { like: app })
  lone.redis.disconnect()
  const readers: unknown[] = []
  const direct: Load = async (reader) => {
    readers.push(reader)
    return 'one'
  }
  for (let n = 0; n < 2; n++)
    t.same(await lone.cache.read('thing', hour, direct), { body: 'one', state: 'miss' })
  t.equal((await lone.cache.readListing('page:1', hour, direct)).body, 'one')
  t.ok(readers.length === 3 && readers.every((reader) => reader === lone.db))
  await lone.cache.invalidate('thing')
  await lone.cache.invalidateListings()
})

const broken = () => Promise.reject(new Error('broken'))
