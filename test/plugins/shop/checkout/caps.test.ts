import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { pay, buyer, stock, unitsOf } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { consistently } from '../../../support/assert-consistent.ts'
import { neverDue } from '../../../system/time-travel.ts'

// The resolver does not run: an unknown outcome stays unknown until a test ends it.
const app = await build(t, { RESOLVER_INTERVAL_MS: '60000', PENDING_ORDERS_PER_SESSION: '3' })
const { sql } = environmentOf(app)
const test = consistently(t, app)

const one = (product_id: string) => [{ product_id, quantity: 1 }]

async function endUnknownOutcomes(node = app) {
  await sql.query('update payments set check_at = now() where check_at > now()')
  while ((await node.checkout.resolveDue(100)) > 0);
}

test('a session is refused the order over its limit, until another of its orders has ended', async (t) => {
  const [tea] = await stock(app, 9)
  const ada = buyer(app)
  for (let n = 0; n < 3; n++) t.equal((await ada.buy(one(tea!), 'tok_timeout')).status, 202)
  const refused = await ada.buy(one(tea!))
  t.match(refused, { status: 429, body: { code: 'too_many_reservations' } })
  t.match(refused.headers['retry-after'], /^[1-9]\d*$/)
  t.match(refused.headers['content-type'], /^application\/problem\+json/)
  t.same(await unitsOf(app, tea!), [[6, 3]], 'nothing was taken for it')
  t.equal((await buyer(app).buy(one(tea!))).status, 201, 'another session')

  await endUnknownOutcomes()
  t.equal((await ada.buy(one(tea!))).status, 201, 'paid orders do not count')
})

test('a repeat is answered from its order when its session is at its limit', async (t) => {
  const [tea] = await stock(app, 9)
  const ada = buyer(app)
  const keys = [randomUUID(), randomUUID()]
  const { body: first } = await ada.buy(one(tea!), 'tok_timeout', keys[0])
  await ada.buy(one(tea!), 'tok_timeout', keys[1])
  await ada.add(tea!)
  const { body: third } = await ada.checkout(pay('tok_timeout'))
  // A payment is due after a second, and then a repeat ends it: this machine may need longer to come here.
  await neverDue(app)
  t.equal((await ada.buy(one(tea!))).status, 429)

  const again = await ada.buy(one(tea!), 'tok_timeout', keys[0])
  t.match(again, { status: 202, body: { id: first.id } })
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.equal((await ada.checkout(pay('tok_timeout'))).body.code, 'checkout_in_progress')
  await endUnknownOutcomes()
  t.equal((await ada.checkout(pay('tok_timeout'))).body.id, third.id)
})

test('requests at the same time cannot exceed the limit of a session', async (t) => {
  const other = await build(
    t,
    { RESOLVER_INTERVAL_MS: '60000', PENDING_ORDERS_PER_SESSION: '3' },
    { like: app }
  )
  const [tea] = await stock(app, 100)
  for (let round = 0; round < 3; round++) {
    const ada = buyer(app)
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, n) =>
        ada.at(n % 2 ? app : other).buy(one(tea!), 'tok_timeout')
      )
    )
    const statuses = answers.map(({ status }) => status).toSorted()
    t.same(statuses, [202, 202, 202, ...Array(13).fill(429)])
  }
  await endUnknownOutcomes()
})

test('many requests with one key are one order and do not exceed the limit', async (t) => {
  const [tea] = await stock(app, 9)
  const ada = buyer(app)
  for (let n = 0; n < 2; n++) await ada.buy(one(tea!), 'tok_timeout')
  const key = randomUUID()
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => ada.buy(one(tea!), 'tok_timeout', key))
  )
  for (const { status } of answers) t.ok([202, 409].includes(status), `${status}`)
  await endUnknownOutcomes()
})

test('PENDING_ORDERS_PER_SESSION=0 turns the limit off', async (t) => {
  const open = await build(
    t,
    { RESOLVER_INTERVAL_MS: '60000', PENDING_ORDERS_PER_SESSION: '0' },
    { like: app }
  )
  const [tea] = await stock(app, 20)
  const ada = buyer(open)
  for (let n = 0; n < 12; n++) t.equal((await ada.buy(one(tea!), 'tok_error')).status, 202)
  await endUnknownOutcomes()
})

test('an address has a limit of its own, for orders with an unknown outcome', async (t) => {
  const node = await capped(t)
  const [tea] = await stock(app, 30)
  const here = from(node, '10.1.0.1')
  for (let n = 0; n < 6; n++) t.equal((await here(tea!)).status, 201, 'paid orders never count')
  const key = randomUUID()
  const { id } = (await here(tea!, 'tok_timeout', key)).body
  for (let n = 0; n < 3; n++) await here(tea!, 'tok_timeout')
  const refused = await here(tea!)
  t.match(refused, { status: 429, body: { code: 'too_many_reservations' } })
  t.ok(refused.headers['retry-after'])
  t.equal((await from(node, '10.1.0.2')(tea!)).status, 201, 'another address')
  await neverDue(app)
  t.match(await here(tea!, 'tok_timeout', key), { status: 202, body: { id } }, 'a repeat')

  await endUnknownOutcomes()
  t.equal((await here(tea!)).status, 201, 'resolved by a call that does not know their address')
})

test('an IPv6 customer is counted by the /64 network', async (t) => {
  const node = await capped(t)
  const [tea] = await stock(app, 30)
  for (let n = 1; n <= 4; n++) await from(node, `2001:db8:1:2::${n}`)(tea!, 'tok_error')
  t.equal((await from(node, '2001:db8:1:2:ffff::1')(tea!)).status, 429)
  t.equal((await from(node, '2001:db8:1:3::1')(tea!)).status, 201)
  for (let n = 1; n <= 4; n++) await from(node, '10.2.0.1')(tea!, 'tok_error')
  t.equal((await from(node, '::ffff:10.2.0.1')(tea!)).status, 429, 'the same, written as IPv6')
  t.equal((await from(node, '::ffff:10.2.0.2')(tea!)).status, 201)
  await endUnknownOutcomes()
})

test('the orders of an address stop counting when their reservations expire', async (t) => {
  const node = await capped(t)
  const [tea] = await stock(app, 30)
  await from(node, '10.1.0.3')(tea!, 'tok_error')
  const ms = await node.redis.pttl('doubts:10.1.0.3')
  t.ok(ms > 590_000 && ms <= 600_000, `${ms}`)
  await endUnknownOutcomes()
})

t.test('an address is not limited while Redis is unreachable', async (t) => {
  const node = await build(
    t,
    { RESOLVER_INTERVAL_MS: '60000', PENDING_ORDERS_PER_IP: '1', PENDING_ORDERS_PER_SESSION: '0' },
    { redis: true }
  )
  const [tea] = await stock(node, 30)
  const here = from(node, '10.1.0.4')
  await here(tea!, 'tok_error')
  t.equal((await here(tea!)).status, 429)
  process.kill(environmentOf(node).redisPid()!, 'SIGSTOP')
  t.teardown(() => process.kill(environmentOf(node).redisPid()!, 'SIGCONT'))
  await until('Redis to be unreachable', () =>
    node.redis.ping().then(
      () => false,
      () => true
    )
  )
  t.equal((await here(tea!)).status, 201)
})

const capped = (t: Test) =>
  build(t, { RESOLVER_INTERVAL_MS: '60000', PENDING_ORDERS_PER_IP: '4' }, { like: app })

/** Requests from this address, as the proxy tells it: of a new session each, or with a key always of the same. */
function from(node: FastifyInstance, address: string) {
  const session = randomUUID()
  let asked = 0
  return async (product_id: string, token = 'tok_success', key?: string) => {
    const answer = await node.inject({
      method: 'POST',
      url: '/api/v1/checkout',
      headers: {
        'x-forwarded-for': address,
        'x-session-id': key ? session : randomUUID(),
        'idempotency-key': key ?? `order-number-in-a-row-${asked++}`
      },
      payload: { email: 'ada@example.com', items: one(product_id), payment: { token } }
    })
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() }
  }
}
