import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { buyer, stock } from '../../support/buyer.ts'
import { build, until, environmentOf } from '../../support/build.ts'
import { call } from '../../routes/shop.ts'

const app = await build(t, {
  MAX_READS_IN_FLIGHT: '3',
  MAX_WRITES_IN_FLIGHT: '2',
  MAX_EVENT_LOOP_DELAY_MS: '150'
})
const [tea] = await stock(app, 100)
await app.listen({ host: '127.0.0.1', port: 0 })
const session = randomUUID()
const read = () => buyer(app).orders()
const list = () => call(app, 'GET /api/v1/orders', { session })
const buy = () => buyer(app).buy([{ product_id: tea!, quantity: 1 }])

t.test(
  'a node refuses at once the requests that are more than it can do, and no others',
  async (t) => {
    const open = await hold(t, 'orders')
    const waiting = [list(), list(), list()]
    await until('readers that wait', async () => (await waiters()) >= 3)
    const began = performance.now()
    const { status, headers, body } = await list()
    t.ok(performance.now() - began < 1000, 'without waiting')
    t.match([status, body.code], [503, 'overloaded'])
    t.match(headers, { 'retry-after': '1', 'content-type': /^application\/problem\+json/ })
    for (const path of ['/health/live', '/health/ready', '/metrics'])
      t.equal((await call(app, `GET ${path}` as 'GET /')).status, 200, path)
    t.equal((await buyer(app).add(tea!)).status, 200, 'writes have places of their own')

    await open()
    for (const answer of await Promise.all(waiting)) t.equal(answer.status, 200)
    t.same(await read(), [])
    t.match((await call(app, 'GET /metrics')).text, /holdfast_shed_total{why="reads"} 1/)
  }
)

t.test('a checkout that has started comes to its end while new ones are refused', async (t) => {
  const open = await hold(t, 'inventory')
  const begun = [buy(), buy()]
  await until('checkouts that wait', async () => (await waiters()) >= 1)
  t.match(await buy(), { status: 503, body: { code: 'overloaded' } })
  t.same(await read(), [], 'reads have places of their own')
  await open()
  for (const answer of await Promise.all(begun)) t.equal(answer.status, 201)
  t.equal((await buy()).status, 201)
})

t.test('a client that sends its body slowly takes no place among the writes', async (t) => {
  const url = new URL(app.listeningOrigin)
  const slow = Array.from({ length: 5 }, () => {
    const socket = connect(Number(url.port), url.hostname)
    t.teardown(() => socket.destroy())
    socket.write(
      'POST /api/v1/cart/items HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60\r\n\r\n{"'
    )
    return socket
  })
  await until('the requests', async () => (await inFlight()) === slow.length)
  t.equal((await buy()).status, 201)
  for (const socket of slow) socket.destroy()
  await until('the node to notice', async () => (await inFlight()) === 0)
})

t.test('a disconnected client keeps its place in flight until the work is done', async (t) => {
  const ask = (signal?: AbortSignal) =>
    fetch(`${app.listeningOrigin}/api/v1/orders`, {
      headers: { 'x-session-id': session },
      signal: signal ?? null
    })
  const open = await hold(t, 'orders')
  const patience = new AbortController()
  const aborted = [0, 1, 2].map(() => ask(patience.signal).catch(() => 'aborted'))
  await until('readers that wait', async () => (await waiters()) >= 3)
  patience.abort()
  t.same(await Promise.all(aborted), ['aborted', 'aborted', 'aborted'])
  const connections = promisify(app.server.getConnections.bind(app.server))
  await until('the node to notice', async () => (await connections()) === 0)
  const { status } = await ask(AbortSignal.timeout(1000))
  t.equal(status, 503, 'refused, and not one more that waits')
  await open()
  await until('their places', async () => (await ask()).status === 200)
})

t.test('a single long pause of the event loop refuses no request', async (t) => {
  const end = performance.now() + 1200
  while (performance.now() < end);
  for (let n = 0; n < 8; n++) {
    t.equal((await list()).status, 200)
    await sleep(100)
  }
})

t.test('a node refuses requests while its event loop is late, and no longer', async (t) => {
  const busy = setInterval(() => {
    const end = performance.now() + 400
    while (performance.now() < end);
  }, 1)
  try {
    await until('a refusal', async () => (await list()).status === 503)
    t.equal((await call(app, 'GET /health/ready')).status, 200)
  } finally {
    clearInterval(busy)
  }
  await until('an answer', async () => (await list()).status === 200, 5000)
})

/** Locks a table until the returned function is called. */
async function hold(t: Test, table: string) {
  const client = await environmentOf(app).sql.connect()
  await client.query(`begin; lock table ${table} in access exclusive mode`)
  let held = true
  const open = async () => {
    if (held) await client.query('rollback')
    if (held) client.release()
    held = false
  }
  t.teardown(open)
  return open
}

async function inFlight() {
  const gauge = app.metrics.registry.getSingleMetric('holdfast_http_requests_in_flight')!
  return (await gauge.get()).values[0]!.value
}

async function waiters() {
  const { rows } = await environmentOf(app).sql.query(
    `select count(*)::int from pg_stat_activity
     where datname = current_database() and wait_event_type = 'Lock' and application_name like 'holdfast:%'`
  )
  return rows[0].count
}
