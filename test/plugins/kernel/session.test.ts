import { randomUUID } from 'node:crypto'
import t from 'tap'
import { v1, v7 } from 'uuid'
import { hashOf } from '../../../plugins/kernel/session/id.ts'
import { buy, call } from '../../routes/shop.ts'
import { build, environmentOf } from '../../support/build.ts'
import { cookieOf, guestsOf, uuid4 } from '../../support/guest.ts'

const app = await build(t)
const { product, item, cart, add } = await guestsOf(app)

t.test('a request that writes and names no session gets one', async (t) => {
  const answer = await add()
  const id = String(answer.headers['x-session-id'])
  t.match(id, uuid4)
  const { whole } = cookieOf(answer)
  for (const part of [`sid=${id}`, 'Max-Age=604800', 'Path=/', 'HttpOnly', 'SameSite=Lax'])
    t.match(whole, part)
  t.notMatch(whole, /Secure|Domain/)
  t.equal((await cart({ 'x-session-id': id })).body.items.length, 1)
  t.not((await add()).headers['x-session-id'], id, 'the next client gets another')
})

t.test('a read, an error and a cancel make no session', async (t) => {
  const calls = [
    ['GET /api/v1/cart', 200],
    ['GET /api/v1/orders', 200],
    [`GET /api/v1/orders/${randomUUID()}`, 404],
    [`POST /api/v1/orders/${randomUUID()}/cancel`, 404],
    ['POST /api/v1/cart/items', 400],
    ['POST /api/v1/checkout', 400],
    ['PATCH /api/v1/cart', 405],
    ['POST /api/v1/cart/nothing', 404],
    ['GET /api/v1/products', 200],
    ['GET /api/v1/categories', 200]
  ] as const
  for (const [line, expected] of calls) {
    const { status, headers } = await call(app, line)
    t.equal(status, expected, line)
    t.same([headers['x-session-id'], headers['set-cookie']], [undefined, undefined], line)
  }
  const empty = await call(app, 'POST /api/v1/checkout', { body: { email: 'ada@example.com' } })
  t.match(empty, { status: 422, headers: { 'set-cookie': undefined } })
  t.equal(empty.headers['x-session-id'], undefined)
})

t.test('a cart read without a session is the empty cart, and asks Redis for no cart', async (t) => {
  const asked: string[] = []
  const { hgetall } = app.redis
  t.teardown(() => Object.assign(app.redis, { hgetall }))
  Object.assign(app.redis, {
    hgetall: (key: string) => asked.push(key) && hgetall.call(app.redis, key)
  })
  t.match(await cart(), { status: 200, body: { id: null, version: 0, items: [] } })
  t.same(asked, [])
})

t.test('an order and a declined payment tell a new client its session', async (t) => {
  for (const [token, status] of [
    ['tok_success', 201],
    ['tok_declined', 402]
  ] as const) {
    const answer = await call(app, 'POST /api/v1/checkout', {
      headers: { 'idempotency-key': randomUUID() },
      body: { email: 'ada@example.com', items: [item], payment: { token } }
    })
    t.equal(answer.status, status)
    const id = String(answer.headers['x-session-id'])
    t.match(id, uuid4)
    t.match(cookieOf(answer).pair, `sid=${id}`)
    const { body } = await call(app, 'GET /api/v1/orders', { session: id })
    t.match(body.orders, [{ id: answer.body.order_id ?? answer.body.id }])
  }
})

t.test('the id of a session is the same in upper and lower case', async (t) => {
  const session = randomUUID()
  await add({ 'x-session-id': session.toUpperCase() })
  t.equal((await cart({ 'x-session-id': session })).body.items.length, 1)
})

t.test('a session header that is no UUID of version 4 or 7 is refused', async (t) => {
  t.equal((await cart({ 'x-session-id': v7() })).status, 200)
  for (const session of [
    '',
    'x',
    '{}',
    'null',
    `urn:uuid:${randomUUID()}`,
    `${randomUUID()}0`,
    `${randomUUID()}, ${randomUUID()}`,
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '11111111-1111-1111-1111-111111111111',
    '11111111-1111-4111-1111-111111111111',
    '00000000-0000-5000-8000-000000000000',
    v1()
  ]) {
    const answers = [
      await cart({ 'x-session-id': session }),
      await add({ 'x-session-id': session }),
      await call(app, 'GET /api/v1/orders', { headers: { 'x-session-id': session } })
    ]
    for (const { status, body, headers } of answers) {
      t.match({ status, code: body.code }, { status: 400, code: 'invalid_session_id' }, session)
      t.same([headers['x-session-id'], headers['set-cookie']], [undefined, undefined])
    }
  }
})

t.test('every answer of cart, checkout and orders names the session, even an error', async (t) => {
  const session = randomUUID()
  const lines = [
    'GET /api/v1/cart',
    'DELETE /api/v1/cart',
    'POST /api/v1/cart/items',
    'PUT /api/v1/cart/items/x',
    'POST /api/v1/checkout',
    'GET /api/v1/checkout',
    'GET /api/v1/orders',
    'GET /api/v1/orders/x',
    'GET /api/v1/orders/x/y/z',
    `POST /api/v1/orders/${session}/cancel`
  ] as const
  for (const line of lines)
    t.equal((await call(app, line, { session })).headers['x-session-id'], session, line)
})

t.test('neither PostgreSQL nor Redis keeps the id of a session', async (t) => {
  const session = randomUUID()
  await add({ 'x-session-id': session })
  await call(app, 'POST /api/v1/checkout', { session, body: { email: 'ada@example.com' } })
  await add({ 'x-session-id': session })
  await buy(app, product.id, { session })
  const { sql } = environmentOf(app)
  const { rows } = await sql.query<{ session_id: string; hash: string }>(
    'select session_id, hash_session($1) as hash from orders where session_id = hash_session($1)',
    [session]
  )
  t.equal(rows.length, 2)
  t.equal(rows[0]!.session_id, hashOf(session))
  t.equal(rows[0]!.hash, hashOf(session), 'the same in SQL')
  const { rows: raw } = await sql.query(
    'select from orders where session_id = $1 or orders::text like $2',
    [session, `%${session}%`]
  )
  t.equal(raw.length, 0)
  const keys = await app.redis.keys('*')
  t.ok(keys.some((key) => key.endsWith(`cart:hash:${hashOf(session)}`)))
  t.notMatch(keys.join(), session)
  t.equal((await cart({ 'x-session-id': hashOf(session) })).body?.items?.length ?? 0, 0)
})
