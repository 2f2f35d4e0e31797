import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { pingRedis, redisLaunch, redisUrl } from '../../../scripts/stack/redis.ts'
import { redisServer } from '../../../scripts/stack/supervisor/binaries.ts'
import { choosePort } from '../../../scripts/stack/supervisor/ports.ts'
import { superviseProcess } from '../../../scripts/stack/supervisor/supervised-process.ts'
import { addProduct, call } from '../../routes/shop.ts'
import { build, environment, until } from '../../support/build.ts'

const home = await environment(t)
const port = await choosePort()
const redis = { REDIS_URL: redisUrl(port, 'late') }

t.test('a node that starts while Redis is down serves, and uses Redis once it is up', async (t) => {
  const app = await build(t, redis, { like: home })
  const mug = await addProduct(app)
  const product = () => call(app, `GET /api/v1/products/${mug.slug}`)
  const session = randomUUID()
  const body = { product_id: mug.id, quantity: 2 }
  const addItem = () => call(app, 'POST /api/v1/cart/items', { session, body })

  t.match(await call(app, 'GET /health/ready'), {
    status: 200,
    body: { status: 'degraded', checks: { primary: 'up', redis: 'down' } }
  })
  t.equal((await call(app, 'GET /api/v1/categories')).status, 200)
  t.match([await product(), await product()], [{ status: 200 }, { headers: { 'x-cache': 'miss' } }])
  t.match(await addItem(), { status: 503, body: { code: 'cart_unavailable' } })

  await startRedis(t)
  await until('Redis', async () => (await call(app, 'GET /health/ready')).body.status === 'ready')
  t.equal((await addItem()).status, 200)
  t.match(await call(app, 'GET /api/v1/cart', { session }), {
    body: { items: [{ product_id: mug.id, quantity: 2 }] }
  })
  t.equal((await product()).headers['x-cache'], 'miss')
  t.equal((await product()).headers['x-cache'], 'hit')
})

t.test('a node that has found Redis has fastify.redis of the plugin', async (t) => {
  const app = await build(t, {}, { like: home })
  t.ok(app.hasPlugin('@fastify/redis'))
  t.equal(await app.redis.ping(), 'PONG')
})

t.test('a node closes while Redis is down, whether it has ever been up or not', async (t) => {
  const server = await startRedis(t)
  const found = await build(t, redis, { like: home })
  await server.stop()
  const never = await build(t, redis, { like: home })
  t.same([found.hasPlugin('@fastify/redis'), never.hasPlugin('@fastify/redis')], [true, false])
  await Promise.all([found.close(), never.close()])
  await startRedis(t)
  // Longer than a client waits between two attempts.
  await sleep(1200)
  for (const app of [found, never]) t.not(app.redis.status, 'ready', 'no further attempt')
})

/** The server that the nodes above expect, empty. */
async function startRedis(t: Test) {
  const folder = path.join(home.folder, `late-${process.hrtime.bigint()}`)
  mkdirSync(folder, { recursive: true })
  const data = path.join(folder, 'data')
  const launch = redisLaunch({ bin: redisServer(), run: folder, data, port, password: 'late' })
  const server = superviseProcess(folder, 'redis', launch, () => {})
  t.teardown(() => server.stop())
  await server.ready(() => pingRedis(redis.REDIS_URL))
  return server
}
