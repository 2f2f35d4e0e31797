import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { consistently } from '../../../support/assert-consistent.ts'
import { build, environmentOf, until } from '../../../support/build.ts'
import { stock } from '../../../support/buyer.ts'

// The resolver does not run: the tests end what is unknown.
const env = {
  RATE_LIMIT_API: '100000',
  RATE_LIMIT_CHECKOUT: '100000',
  RESOLVER_INTERVAL_MS: '60000'
}
const app = await build(t, env, { redis: true })
const other = await build(t, env, { like: app })
const { sql } = environmentOf(app)
const test = consistently(t, app)

const [tea] = await stock(app, 1000)
let addresses = 0

/** A client with an address of its own; each request has a new session, unless one is given. */
function client({ ip = `10.9.0.${++addresses}`, session }: { ip?: string; session?: string } = {}) {
  const buy = async (
    token: string,
    { node = app, key = randomUUID(), in_session = session ?? randomUUID(), quantity = 1 } = {}
  ) => {
    const answer = await node.inject({
      method: 'POST',
      url: '/api/v1/checkout',
      headers: {
        'x-forwarded-for': ip,
        'x-session-id': in_session,
        'idempotency-key': key
      },
      payload: {
        email: 'ada@example.com',
        payment: { token },
        items: [{ product_id: tea, quantity }]
      }
    })
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() }
  }
  return { ip, buy, decline: (node: FastifyInstance = app) => buy('tok_declined', { node }) }
}

type Client = ReturnType<typeof client>

async function endUnknownOutcomes() {
  await sql.query('update payments set check_at = now() where check_at > now()')
  while ((await app.checkout.resolveDue(100)) > 0);
}

/** As if the last order of the client had been placed a minute ago. */
async function waitAMinute({ ip }: Pick<Client, 'ip'>) {
  const name = `unpaid_pause:{ip:${ip}}`
  t.ok((await app.redis.pttl(name)) > 50_000)
  await app.redis.pexpire(name, 1)
  await until('the pause to end', async () => !(await app.redis.exists(name)))
}

function checkRefused(t: Test, answer: Awaited<ReturnType<Client['buy']>>) {
  t.match(answer, { status: 429, body: { code: 'rate_limited' } })
  t.match(answer.headers['content-type'], /^application\/problem\+json/)
  const seconds = Number(answer.headers['retry-after'])
  t.ok(seconds >= 50 && seconds <= 60, `${seconds}`)
}

test('an address whose orders end unpaid gets one checkout a minute after five, at any node', async (t) => {
  const eve = client()
  for (let n = 0; n < 5; n++)
    t.equal((await eve.decline(n % 2 ? app : other)).status, 402, 'another card may be tried')
  for (const node of [app, other]) checkRefused(t, await eve.decline(node))
  t.equal((await client().decline()).status, 402, 'another address')

  await waitAMinute(eve)
  t.equal((await eve.decline()).status, 402, 'one a minute')
  checkRefused(t, await eve.decline())

  await waitAMinute(eve)
  const answers = await Promise.all(Array.from({ length: 8 }, () => eve.decline()))
  t.equal(answers.filter(({ status }) => status === 402).length, 1, 'one of many at once')
})

test('an address that has paid an order is as free as a new one', async (t) => {
  const ada = client()
  for (let n = 0; n < 5; n++) await ada.decline()
  await waitAMinute(ada)
  t.equal((await ada.buy('tok_success')).status, 201)
  for (let n = 0; n < 5; n++) t.equal((await ada.decline()).status, 402)
  checkRefused(t, await ada.decline())
})

test('an order of nothing is no payment', async (t) => {
  const eve = client()
  for (let n = 0; n < 5; n++) await eve.decline()
  await waitAMinute(eve)
  await sql.query('update products set price = 0 where id = $1', [tea])
  t.equal((await eve.buy('tok_success')).status, 201)
  await sql.query('update products set price = 100 where id = $1', [tea])
  checkRefused(t, await eve.decline())
})

test('an order whose payment is closed or cancelled counts when it has ended, and a late payment forgives', async (t) => {
  const eve = client()
  const session = randomUUID()
  const orders = []
  for (let n = 0; n < 4; n++) {
    const { body } = await eve.buy('tok_error', { in_session: session })
    orders.push(body.id)
  }
  await app.inject({
    method: 'POST',
    url: `/api/v1/orders/${orders[0]}/cancel`,
    headers: { 'x-session-id': session }
  })
  const late = await eve.buy('tok_timeout', { in_session: session })
  t.equal((await eve.buy('tok_error')).status, 202, 'none but the cancelled one has ended')
  await endUnknownOutcomes()
  t.equal((await eve.decline()).status, 402, 'the last but one was paid')
  for (let n = 0; n < 3; n++) t.equal((await eve.decline()).status, 402)
  checkRefused(t, await eve.decline())
  t.equal(late.status, 202)
})

test('a session is counted wherever it comes from', async (t) => {
  const session = randomUUID()
  for (let n = 0; n < 5; n++) t.equal((await client({ session }).decline()).status, 402)
  checkRefused(t, await client({ session }).decline())
})

test('an IPv6 client is counted by its /64 network', async (t) => {
  for (let n = 1; n <= 5; n++) await client({ ip: `2001:db8:9:9::${n}` }).decline()
  checkRefused(t, await client({ ip: '2001:db8:9:9:ffff::1' }).decline())
  t.equal((await client({ ip: '2001:db8:9:a::1' }).decline()).status, 402)
})

test('a repeat is answered from its order, and a refused checkout takes no place', async (t) => {
  const eve = client()
  const [key, in_session] = [randomUUID(), randomUUID()]
  const first = await eve.buy('tok_declined', { key, in_session })
  for (let n = 0; n < 4; n++) await eve.decline()
  checkRefused(t, await eve.decline())
  const again = await eve.buy('tok_declined', { key, in_session })
  t.match(again, { status: 402, body: { order_id: first.body.order_id } })
  t.equal(again.headers['idempotency-replayed'], 'true')

  await waitAMinute(eve)
  t.equal((await eve.buy('tok_success', { quantity: 999 })).status, 409)
  t.equal((await eve.buy('tok_success', { quantity: 1 })).status, 201, 'the place was free again')
})

test('an order counts for ten minutes', async (t) => {
  const eve = client()
  for (let n = 0; n < 5; n++) await eve.decline()
  const orders = `unpaid:{ip:${eve.ip}}`
  const ms = await app.redis.pttl(orders)
  t.ok(ms > 590_000 && ms <= 600_000, `${ms}`)
  const [oldest] = await app.redis.zrange(orders, '0', '0')
  await app.redis.zincrby(orders, '-600000', String(oldest))
  t.equal((await eve.decline()).status, 402)
})

for (const off of ['UNPAID_ORDERS', 'RATE_LIMIT_CHECKOUT', 'RATE_LIMIT_API'])
  test(`${off}=0 turns the limit off`, async (t) => {
    const node = await build(t, { ...env, [off]: '0' }, { like: app })
    const { decline } = client()
    for (let n = 0; n < 8; n++) t.equal((await decline(node)).status, 402)
  })

test('nothing is limited while Redis is unreachable', async (t) => {
  const eve = client()
  for (let n = 0; n < 5; n++) await eve.decline()
  const redis = environmentOf(app).redisPid()!
  process.kill(redis, 'SIGSTOP')
  t.teardown(() => process.kill(redis, 'SIGCONT'))
  t.equal((await eve.decline()).status, 402)
  process.kill(redis, 'SIGCONT')
  await until('Redis to be back', () => app.redis.ping())
})
