import { randomUUID } from 'node:crypto'
import t from 'tap'
import { connected } from '../../scripts/stack/postgres/cluster.ts'
import { buyer, stock } from '../support/buyer.ts'
import { build, environmentOf, until } from '../support/build.ts'
import { call } from './shop.ts'

const app = await build(t, {}, { redis: true })
const { primaryUrl, name } = environmentOf(app)
const ready = () => call(app, 'GET /health/ready')
const statusIs = (status: string) =>
  until(`the node to be ${status}`, async () => (await ready()).body.status === status)

const asked = async () => {
  const { text } = await call(app, 'GET /metrics')
  const counts = text.matchAll(
    /^holdfast_query_duration_seconds_count\{.*current_setting.*\} (\d+)$/gm
  )
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}

t.test('any number of requests for the readiness of a node share one answer', async (t) => {
  await ready()
  const before = await asked()
  const began = performance.now()
  let requests = 0
  while (performance.now() - began < 600) {
    requests += 50
    const answers = await Promise.all(Array.from({ length: 50 }, ready))
    t.ok(answers.every(({ status }) => status === 200))
  }
  const most = Math.ceil((performance.now() - began) / 250) + 1
  const more = (await asked()) - before
  t.ok(more >= 1 && more <= most, `${more} questions for ${requests} requests, ${most} at most`)
})

t.test('a node whose Redis is full is degraded, and sells', async (t) => {
  const [tea] = await stock(app, 5)
  await statusIs('ready')
  const { redis } = app
  const restore = () => redis.config('SET', 'maxmemory', '1gb')
  t.teardown(restore)
  await redis.config('SET', 'maxmemory', '1')
  await statusIs('degraded')
  t.match(await ready(), {
    status: 200,
    body: {
      status: 'degraded',
      checks: { primary: 'up', redis: 'up' },
      refuse_writes: ['redis']
    }
  })
  t.match(
    await call(app, 'POST /api/v1/cart/items', {
      session: randomUUID(),
      body: { product_id: tea, quantity: 1 }
    }),
    { status: 503, body: { code: 'cart_unavailable' } }
  )
  t.equal((await buyer(app).buy([{ product_id: tea!, quantity: 1 }])).status, 201)
  t.match((await call(app, 'GET /metrics')).text, /^holdfast_redis_refused_writes_total [1-9]/m)
  const { body } = await call(app, 'GET /ops/metrics')
  if (body) t.ok(JSON.stringify(body).includes('redis_refused_writes'))
  await restore()
  await statusIs('ready')
})

t.test('a node whose primary takes no writes is degraded, and shows the shop', async (t) => {
  const [tea] = await stock(app, 5)
  t.teardown(() => takeWrites(true))
  await takeWrites(false)
  await statusIs('degraded')
  t.match(await ready(), {
    status: 200,
    body: { checks: { primary: 'up', redis: 'up' }, refuse_writes: ['primary'] }
  })
  t.equal((await call(app, 'GET /api/v1/products')).status, 200)
  const refused = await buyer(app).buy([{ product_id: tea!, quantity: 1 }])
  t.equal(refused.status, 503)
  await takeWrites(true)
  await statusIs('ready')
})

/** The setting by which a server says so holds for new connections. */
async function takeWrites(is_willing: boolean) {
  await connected(primaryUrl, async (client) => {
    await client.query(
      `alter database ${name} set default_transaction_read_only = ${is_willing ? 'off' : 'on'}`
    )
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and usename = 'app'`
    )
  })
}
