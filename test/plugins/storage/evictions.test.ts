import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { hashOf } from '../../../plugins/kernel/session/id.ts'
import { stock } from '../../support/buyer.ts'
import { build, environment, environmentOf, until } from '../../support/build.ts'
import { buy, call } from '../../routes/shop.ts'
import { stall, trustSessions } from './replicas/support.ts'

const app = await build(t, {}, { replica: true, redis: true })
const other = await build(t, {}, { like: app })
const [tea] = await stock(app, 1000)
for (const node of [app, other]) await trustSessions(node)

const infoOf = async (redis: Redis, name: string) =>
  Number(new RegExp(`^${name}:(?:count=)?(\\d+)`, 'm').exec(await redis.info('all'))?.[1] ?? 0)

/** Lowers the limit of this environment's Redis to what it uses and a little more. */
async function fill(t: Test, { redis }: FastifyInstance, policy: string, room = 0) {
  t.teardown(() => restore(redis))
  await redis.config('SET', 'maxmemory-policy', policy)
  await redis.config('SET', 'maxmemory', (await infoOf(redis, 'used_memory')) + room)
}

async function restore(redis: Redis) {
  await redis.config('SET', 'maxmemory', '1gb')
  await redis.config('SET', 'maxmemory-policy', 'volatile-lru')
}

/** A confirmed order of a session that is trusted, while the replica stands still. */
async function cancelledOrder(t: Test, node: FastifyInstance) {
  const session = randomUUID()
  const { body: order } = await buy(node, tea!, { session })
  await until('the replica', async () => {
    const [replica] = app.replicas.all
    const found = await replica!.db.selectFrom('orders').select('status').where('id', '=', order.id)
    return (await found.executeTakeFirst())?.status === 'confirmed'
  })
  await stall(t, app)
  const read = async (by: FastifyInstance) =>
    (await call(by, `GET /api/v1/orders/${order.id}`, { session })).body.status
  const cancel = () => call(node, `POST /api/v1/orders/${order.id}/cancel`, { session })
  return { session, read, cancel }
}

t.test('a session reads its own write after Redis has dropped its position', async (t) => {
  const { session, read, cancel } = await cancelledOrder(t, app)
  t.equal((await cancel()).status, 200)
  // The policy that drops the shortest-lived keys first, as an operator's own Redis may have it.
  await fill(t, app, 'volatile-ttl')
  const key = `ryw:hash:${hashOf(session)}`
  for (let n = 0; await app.redis.exists(key); n++) {
    if (n > 2000) return t.fail('the position was not dropped')
    await app.redis.set(`filler:${n}`, 'x'.repeat(10_000), 'PX', 3_600_000).catch(() => {})
  }
  t.ok((await infoOf(app.redis, 'evicted_keys')) > 0)
  for (const node of [app, other])
    t.equal(await read(node), 'cancelled', 'at once, with no pause between the loss and the read')
})

t.test('a session reads its own write after Redis has refused its position', async (t) => {
  const { session, read, cancel } = await cancelledOrder(t, app)
  const key = `ryw:hash:${hashOf(session)}`
  const before = await app.redis.get(key)
  t.ok(before, 'Redis has the position of the purchase')
  // So far below what is used that no write fits in what another client gives back.
  await fill(t, app, 'noeviction', -1_000_000)
  t.equal((await cancel()).status, 200)
  t.ok((await infoOf(app.redis, 'errorstat_OOM')) > 0)
  t.not(await app.redis.get(key), before, 'the older position does not stand for the newer one')
  await restore(app.redis)
  t.equal(await read(other), 'cancelled', 'on a node that was not told')
})

t.test('listings of any queries together take 50 MB of Redis at most', async (t) => {
  const { redis, cache } = app
  const before = await infoOf(redis, 'used_memory')
  const body = 'x'.repeat(70_000)
  const nodes = [app, other]
  let most = 0
  for (let n = 0; n < 1200; n += 20) {
    const batch = Array.from({ length: 20 }, (_, at) =>
      nodes[at % 2]!.cache.readListing(`q=word${n + at}`, 1_800_000, async () => body)
    )
    await Promise.all(batch)
    most = Math.max(most, (await infoOf(redis, 'used_memory')) - before)
  }
  t.ok(most > 40_000_000, `some are kept: ${most} bytes`)
  t.ok(most < 54_000_000, `${most} bytes`)
  const kept = await redis.zcard('products:kept')
  t.ok(kept > 500 && kept < 720, `${kept} listings`)
  // Of those in one batch, one that ends soonest may leave before the others are stored.
  await cache.readListing('q=last', 1_800_000, async () => body)
  const again = await cache.readListing('q=last', 1_800_000, async () => 'other')
  t.equal(again.state, 'hit', 'the newest is kept')
  t.equal((await cache.readListing('q=word0', 1_800_000, async () => 'other')).state, 'miss')
})

t.test('a listing by words and price bounds is read and never stored', async (t) => {
  const kept = () => app.redis.zcard('products:kept')
  const before = await kept()
  for (const query of ['q=a&min_price=5', 'q=a&max_price=5', 'q=b&min_price=1&max_price=9'])
    for (let n = 0; n < 2; n++)
      t.match(await call(app, `GET /api/v1/products?${query}`), {
        status: 200,
        headers: { 'x-cache': 'miss' }
      })
  t.equal(await kept(), before)
  await call(app, 'GET /api/v1/products?q=a')
  t.equal((await call(app, 'GET /api/v1/products?q=a')).headers['x-cache'], 'hit')
})

t.test('after Redis has dropped keys a product is read from the primary', async (t) => {
  const key = `product:${randomUUID()}`
  const sources: boolean[] = []
  await app.cache.read(key, 1000, async (db) => void sources.push(db === (app.db as unknown)))
  t.same(sources, [true])
})

t.test('a Redis of its own has the cache, and no cart', async (t) => {
  const { env } = await environment(t, { redis: true })
  const { REDIS_URL: CACHE_REDIS_URL } = env as { REDIS_URL: string }
  const node = await build(t, { CACHE_REDIS_URL }, { like: environmentOf(app) })
  const at = new Redis(CACHE_REDIS_URL, { keyPrefix: '' })
  t.teardown(() => at.disconnect())
  const session = randomUUID()
  const { body } = await call(node, 'GET /api/v1/products?limit=2')
  const product_id = body.products[0].id
  await call(node, `GET /api/v1/products/${product_id}`)
  await call(node, 'POST /api/v1/cart/items', { session, body: { product_id, quantity: 1 } })
  const keys = (await at.keys('*')).map((key) => key.replace(/^t_\w+:/, '').split(':')[0])
  t.same([...new Set(keys)].toSorted(), ['cache', 'product', 'products'])
  t.equal((await call(node, `GET /api/v1/products/${product_id}`)).headers['x-cache'], 'hit')

  const metrics = await node.inject('/metrics')
  t.match(metrics.body, /^holdfast_cache_redis_up 1$/m)
  t.match(metrics.body, /^holdfast_cache_redis_evictions_total 0$/m)
})
