import { createHash, randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import Fastify, { type FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { DatabaseError } from 'pg'
import t from 'tap'
import holdfast, { options } from '../../../app.ts'
import { adminKey, until, environment } from '../../support/build.ts'
import { stockUp } from '../../sql/support.ts'

type Line = Record<string, unknown> & { level: number; msg: string }

const home = await environment(t, { replica: true })
const written: string[] = []
const stream = new Writable({
  write(chunk, _encoding, done) {
    written.push(...String(chunk).split('\n').filter(Boolean))
    done()
  }
})
const app: FastifyInstance = Fastify({ ...options, logger: { ...options.logger, stream } })
t.teardown(() => app.close())
await app.register(holdfast, { env: { ...home.env, SLOW_QUERY_MS: '400' } })
app.get('/breaks', async () => {
  const err = new DatabaseError('new row violates check constraint "fits"', 10, 'error')
  throw Object.assign(err, { code: '23514', detail: 'Failing row contains (ada@example.com)' })
})
app.get('/tells', async (request) => {
  request.log.warn({ session: 'a-secret' }, 'told')
  return { level: request.log.level }
})
await app.ready()

const [product_id] = await stockUp(home.sql, [10])

/** The lines that are logged during the work. */
async function logged(work: () => Promise<unknown>) {
  written.length = 0
  await work()
  // The line is written after the answer was sent.
  await new Promise((resolve) => setImmediate(resolve))
  return written.map((line) => JSON.parse(line) as Line)
}

const session = randomUUID()
const email = 'ada.lovelace@example.com'
const checkout = (token = 'tok_success') =>
  app.inject({
    method: 'POST',
    url: '/api/v1/checkout',
    headers: { 'x-session-id': session, 'idempotency-key': randomUUID(), 'x-request-id': 'my-1' },
    payload: {
      email,
      shipping_address: {
        name: 'Ada Lovelace',
        line1: '12 St James Square',
        city: 'London',
        country: 'GB'
      },
      payment: { token },
      items: [{ product_id, quantity: 1 }]
    }
  })

t.test('a request is one line in the log, with its outcome', async (t) => {
  let order_id = ''
  const lines = await logged(async () => {
    order_id = (await checkout()).json().id
  })
  t.match(lines, [
    {
      level: 30,
      msg: 'request',
      request_id: 'my-1',
      method: 'POST',
      path: '/api/v1/checkout',
      route: '/api/v1/checkout',
      status: 201,
      ms: Number,
      order_id,
      session_hash: createHash('sha256').update(session).digest('hex').slice(0, 8)
    }
  ])
  t.equal(lines.length, 1)
})

t.test('a request whose client disconnected is a line in the log too', async (t) => {
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const connections = promisify(app.server.getConnections.bind(app.server))
  const client = await home.sql.connect()
  t.teardown(() => client.release())
  await client.query('begin; lock table inventory in access exclusive mode')
  const patience = new AbortController()
  const { signal } = patience
  const headers = {
    'x-session-id': session,
    'idempotency-key': randomUUID(),
    'content-type': 'application/json'
  }
  const body = JSON.stringify({ email, items: [{ product_id, quantity: 1 }] })
  const lines = await logged(async () => {
    const asked = fetch(`http://127.0.0.1:${port}/api/v1/checkout`, {
      method: 'POST',
      headers,
      body,
      signal
    })
    await until('the checkout to wait', async () => {
      const { rowCount } = await home.sql.query(
        `select from pg_locks where relation = 'inventory'::regclass and not granted`
      )
      return Boolean(rowCount)
    })
    patience.abort()
    await t.rejects(asked, { name: 'AbortError' })
    await until('the node to notice', async () => (await connections()) === 0)
    await client.query('rollback')
    await until('its line', () => written.length > 0)
  })
  t.match(lines, [{ path: '/api/v1/checkout', status: 201, aborted: true, order_id: String }])
  const counted = await app.metrics.registry.getSingleMetricAsString(
    'holdfast_http_request_duration_seconds'
  )
  t.match(counted, /_count{method="POST",route="\/api\/v1\/checkout",status="201"} 2/)
})

t.test('the log line names the order of its path, and a declined order', async (t) => {
  const [declined] = await logged(() => checkout('tok_declined'))
  t.match(declined, { status: 402, order_id: /^[0-9a-f-]{36}$/ })
  const url = `/api/v1/orders/${String(declined?.order_id)}`
  const [asked] = await logged(() => app.inject({ url, headers: { 'x-session-id': session } }))
  t.match(asked, { status: 200, order_id: declined?.order_id, read_from: /^(primary|replica1)$/ })
})

t.test('the log line names the replica and the cache that answered', async (t) => {
  const url = '/api/v1/products?limit=1'
  const lines = await logged(async () => {
    await app.inject({ url })
    await app.inject({ url })
  })
  t.match(lines, [{ cache: 'miss', path: '/api/v1/products' }, { cache: 'hit' }])
})

t.test('what a request logs besides its line has its id too, and no secret', async (t) => {
  const lines = await logged(() =>
    app.inject({ url: '/tells', headers: { 'x-request-id': 'my-2' } })
  )
  t.match(lines, [
    { level: 40, msg: 'told', request_id: 'my-2', session: '[redacted]' },
    { level: 30, msg: 'request', request_id: 'my-2', status: 200 }
  ])
})

t.test('the line of a request has these members and no others', async (t) => {
  const lines = await logged(async () => {
    await checkout()
    await app.inject({ url: '/api/v1/products?limit=1' })
    await app.inject({ url: '/breaks' })
  })
  const known =
    `level time pid hostname request_id method path route status ms session_hash order_id read_from cache
    aborted err msg`.split(/\s+/)
  for (const line of lines)
    t.same(
      Object.keys(line).filter((name) => !known.includes(name)),
      []
    )
})

t.test('the log has no secret and no personal data', async (t) => {
  const cookie = app.signCookie(session)
  const lines = await logged(async () => {
    await checkout()
    await app.inject({ url: '/api/v1/cart', headers: { cookie: `sid=${cookie}` } })
    await app.inject({
      url: '/api/v1/admin/invariants',
      headers: { authorization: `Bearer ${adminKey}` }
    })
    await app.inject({ url: '/breaks' })
    const person = { email, shipping_address: { line1: '12 St James Square' } }
    const headers = { authorization: `Bearer ${adminKey}`, cookie, 'x-session-id': session }
    app.log.warn({ ...person, order: person, req: { headers }, headers }, 'by mistake')
    app.log.warn({ witnesses: [{ purchase: `${session} key` }] }, 'broken')
  })
  t.equal(lines.length, 6)
  const text = written.join('\n')
  for (const secret of [session, adminKey, 'lovelace', 'James', cookie, home.env.COOKIE_SECRET!])
    t.notOk(text.toLowerCase().includes(secret.toLowerCase()), secret)
})

t.test(
  'the log line of an internal error has its cause, without the row that it was about',
  async (t) => {
    const lines = await logged(() => app.inject({ url: '/breaks' }))
    t.match(lines, [
      { level: 50, status: 500, err: { type: 'error', code: '23514', stack: String } }
    ])
    t.equal(lines.length, 1)
    const cause = Object.assign(new Error('down'), { command: { args: [session] } })
    const [line] = await logged(async () =>
      app.log.error({ err: new Error('failed', { cause }) }, 'an error and its cause')
    )
    t.match(line, { err: { message: 'failed', cause: { message: 'down' } } })
    t.notMatch(JSON.stringify(line), session)
  }
)

t.test('a slow query is logged by its name, without its values', async (t) => {
  const lines = await logged(() =>
    sql`select 1 from orders, pg_sleep(0.45) where email <> ${email}::text`.execute(app.db)
  )
  const [line] = lines
  t.match(line, { msg: 'slow query', query: 'select orders', pool: 'primary', ms: Number })
  t.notMatch(JSON.stringify(lines), email)
  const [other] = await logged(() => app.timedQuery('invariants', 'totals-add-up', () => wait(450)))
  t.match(other, { msg: 'slow query', query: 'totals-add-up', pool: 'invariants' })
})

t.test('health checks and scrapes are not logged, unless they fail', async (t) => {
  const quiet = await logged(async () => {
    await app.inject({ url: '/health/live' })
    await app.inject({ url: '/metrics' })
  })
  t.same(quiet, [])
})

t.test('an unknown path and an invalid URL are lines in the log too', async (t) => {
  const lines = await logged(async () => {
    await app.inject({ url: '/api/v1/nothing?q=1' })
    await app.inject({ url: '/%zz' })
  })
  t.match(lines, [
    { status: 404, path: '/api/v1/nothing' },
    { status: 400, path: '/%zz' }
  ])
  t.equal(lines.length, 2)
})
