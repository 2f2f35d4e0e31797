import { appendFileSync, truncateSync } from 'node:fs'
import { sql } from 'kysely'
import t from 'tap'
import { buyer, stock } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { startNginx } from '../../../support/nginx.ts'

// The metrics that an operator looks at, compared with the servers that they describe.
const { url: door, access_log: access } = await startNginx(t)
const app = await build(
  t,
  { NGINX_STATUS_URL: `${door}/status`, NGINX_ACCESS_LOG: access, SLOW_QUERY_MS: '1' },
  { replica: true, redis: true }
)

/** The value of a sample, by its name and labels as /metrics shows them. */
async function metric(name: string) {
  const { body } = await app.inject({ url: '/metrics' })
  const line = body.split('\n').find((text) => text.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.split(' ').at(-1))
}

t.test('a node counts orders, units and how long each phase of a checkout takes', async (t) => {
  const [tea] = await stock(app, 10)
  const ada = buyer(app)
  const bought = await ada.buy([{ product_id: tea!, quantity: 3 }])
  await ada.buy([{ product_id: tea!, quantity: 2 }], 'tok_declined')
  await ada.buy([{ product_id: tea!, quantity: 99 }])
  await ada.cancel(String(bought.body.id))

  t.equal(await metric('holdfast_orders_total{state="placed"}'), 2)
  t.equal(await metric('holdfast_orders_total{state="confirmed"}'), 1)
  t.equal(await metric('holdfast_orders_total{state="cancelled"}'), 2)
  t.equal(await metric('holdfast_units_total{state="promised"}'), 5)
  t.equal(await metric('holdfast_units_total{state="sold"}'), 3)
  t.equal(await metric('holdfast_units_total{state="returned"}'), 5)
  for (const answer of ['placed', 'payment_declined', 'insufficient_stock'])
    t.equal(await metric(`holdfast_checkout_answers_total{answer="${answer}"}`), 1, answer)
  for (const phase of ['tx1', 'charge', 'tx2'])
    t.equal(await metric(`holdfast_checkout_phase_seconds_count{phase="${phase}"}`), 2, phase)
})

t.test('an order with an unknown outcome shows as open payment and as held stock', async (t) => {
  const [tea] = await stock(app, 10)
  const waiting = await buyer(app).buy([{ product_id: tea!, quantity: 4 }], 'tok_timeout')
  t.equal(waiting.status, 202)
  t.equal(await metric('holdfast_payments_open{status="unknown"}'), 1)
  t.equal(await metric('holdfast_payments_open_amount{status="unknown",currency="USD"}'), 400)
  t.equal(await metric('holdfast_reservations_active'), 1)
  t.equal(await metric('holdfast_units_held'), 4)
  await until('its end', async () => (await metric('holdfast_units_held')) === 0)
  t.equal(await metric('holdfast_payments_open{status="unknown"}'), undefined)
  const sold = 'holdfast_units_total{state="sold"}'
  t.ok(await until('the resolver to count it', async () => (await metric(sold)) === 7))
})

const count = (pool: string, query: string) =>
  metric(`holdfast_query_duration_seconds_count{pool="${pool}",query="${query}"}`)

t.test('a node shows its pools and how long each query takes', async (t) => {
  await app.inject({ url: '/api/v1/categories' })
  t.ok((await metric('holdfast_pool_connections{pool="primary"}'))! > 0)
  t.equal(await metric('holdfast_pool_max_connections{pool="primary"}'), 16)
  t.equal(await metric('holdfast_pool_waiting{pool="primary"}'), 0)
  t.ok((await metric('holdfast_pool_wait_seconds_count{pool="primary"}'))! > 0)
  t.ok((await count('batch', 'place_orders'))! >= 2)
  const reads = await Promise.all(
    ['primary', 'replica1'].map((pool) => count(pool, 'select categories'))
  )
  t.ok(reads.some(Boolean))
})

t.test('a node shows the queries that bypass the query builder too', async (t) => {
  t.ok((await count('replica1', 'probe'))! > 0)
  await app.replicas.all[0]!.seen()
  t.ok((await count('replica1', 'select pg_subscription'))! > 0, 'what a session has seen')
  await app.checkInvariants(true)
  t.equal(await count('invariants', 'stock-equals-ledger'), 1)
  t.ok((await count('invariants', 'digest orders'))! >= 3)
})

const waiting = 'holdfast_pool_waiting{pool="primary"}'

t.test('a node shows requests that wait for a connection', async (t) => {
  const slow = Array.from({ length: 30 }, () => sql`select pg_sleep(0.5)`.execute(app.db))
  t.ok(await until('a queue', async () => (await metric(waiting))! > 0, 1500))
  await Promise.all(slow)
})

t.test('a node shows Redis, and that Redis is unreachable', async (t) => {
  t.equal(await metric('holdfast_redis_up'), 1)
  t.ok((await metric('holdfast_redis_memory_bytes'))! > 100_000)
  t.ok((await metric('holdfast_redis_connections'))! > 0)
  t.equal(await metric('holdfast_redis_evictions_total'), 0)
  const before = await metric('holdfast_redis_misses_total')
  await app.redis.get('nothing')
  t.ok((await metric('holdfast_redis_misses_total'))! > before!)
  const pid = environmentOf(app).redisPid()!
  process.kill(pid, 'SIGSTOP')
  t.teardown(() => process.kill(pid, 'SIGCONT'))
  const began = performance.now()
  t.equal(await metric('holdfast_redis_up'), 0)
  t.ok(performance.now() - began < 3000, 'a scrape does not hang with it')
  process.kill(pid, 'SIGCONT')
  await until('Redis', async () => (await metric('holdfast_redis_up')) === 1)
})

t.test('a node shows the replication slot of a replica', async (t) => {
  const { name } = environmentOf(app)
  t.equal(await metric(`holdfast_replication_slot_active{slot="${name}"}`), 1)
  t.equal(await metric(`holdfast_replication_slot_state{slot="${name}",state="lost"}`), 0)
  t.equal(await metric(`holdfast_replication_slot_state{slot="${name}",state="reserved"}`), 1)
  t.ok((await metric(`holdfast_replication_slot_retained_bytes{slot="${name}"}`))! >= 0)
})

t.test('a node shows the proxy, and reads its log on from where it stopped', async (t) => {
  t.equal(await metric('holdfast_nginx_up'), 1)
  const before = await metric('holdfast_nginx_requests_total')
  await fetch(`${door}/status`)
  t.ok((await metric('holdfast_nginx_requests_total'))! > before!)

  appendFileSync(access, line(200, '127.0.0.1:3001', '0.004') + line(429, '', ''))
  appendFileSync(access, line(200, '127.0.0.1:3001, 127.0.0.1:3002', '0.001, 0.030'))
  const whole = line(503, '', '')
  appendFileSync(access, whole.slice(0, 9))
  const ok = 'holdfast_nginx_responses_total{status="2xx",by="node"}'
  t.equal(await metric(ok), 2)
  t.equal(await metric('holdfast_nginx_limited_total'), 1)
  t.equal(await metric('holdfast_nginx_upstream_seconds_count'), 3)
  appendFileSync(access, whole.slice(9))
  t.equal(await metric('holdfast_nginx_responses_total{status="5xx",by="door"}'), 1)
  truncateSync(access)
  appendFileSync(access, line(200, '127.0.0.1:3001', '0.004'))
  t.equal(await metric(ok), 3, 'the log was emptied and read from its beginning')
})

const line = (status: number, node: string, node_seconds: string) =>
  `${JSON.stringify({ status, node, node_seconds })}\n`
