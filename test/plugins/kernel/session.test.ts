import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build } from '../../support/build.ts'
import { addProduct, call } from '../../routes/shop.ts'

const app = await build(t)
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const cart = (headers: Record<string, string> = {}) => call(app, 'GET /api/v1/cart', { headers })

/** The cookie that an answer sets: all of it, and what a client sends back. */
function cookieOf({ headers }: Awaited<ReturnType<typeof call>>) {
  const whole = [headers['set-cookie'] ?? ''].flat()[0]!
  return { whole, pair: whole.split(';')[0]! }
}

t.test('a client without a session gets one', async (t) => {
  const answer = await cart()
  const id = String(answer.headers['x-session-id'])
  t.match(id, uuid)
  t.equal(id[14], '4', 'a UUID v4')
  const { whole } = cookieOf(answer)
  for (const part of [`sid=${id}`, 'Max-Age=604800', 'Path=/', 'HttpOnly', 'SameSite=Lax'])
    t.match(whole, part)
  t.notMatch(whole, 'Secure')
  t.not((await cart()).headers['x-session-id'], id, 'the next client gets another')
})

t.test('a cookie keeps its session, and is renewed', async (t) => {
  const first = await cart()
  const { pair } = cookieOf(first)
  const second = await cart({ cookie: `a=b; ${pair}` })
  t.equal(second.headers['x-session-id'], first.headers['x-session-id'])
  t.equal(cookieOf(second).pair, pair)
})

t.test('the header wins over the cookie, and no cookie is set then', async (t) => {
  const { pair } = cookieOf(await cart())
  const session = randomUUID()
  const answer = await cart({ cookie: pair, 'x-session-id': session })
  t.equal(answer.headers['x-session-id'], session)
  t.equal(answer.headers['set-cookie'], undefined)
})

t.test('the id of a session is the same in upper and lower case', async (t) => {
  const session = randomUUID()
  const { id } = await addProduct(app)
  const body = { product_id: id, quantity: 1 }
  await call(app, 'POST /api/v1/cart/items', { session: session.toUpperCase(), body })
  t.equal((await cart({ 'x-session-id': session })).body.items.length, 1)
})

t.test('a session header that is no UUID is refused', async (t) => {
  for (const session of ['', 'x', `urn:uuid:${randomUUID()}`, `${randomUUID()}0`, '{}', 'null']) {
    const { status, body, headers } = await cart({ 'x-session-id': session })
    t.match({ status, code: body.code }, { status: 400, code: 'invalid_session_id' }, session)
    t.equal(headers['set-cookie'], undefined)
  }
})

t.test('a forged cookie is ignored: the client gets a new session', async (t) => {
  const { pair } = cookieOf(await cart())
  const own = randomUUID()
  const forged = [`sid=${own}`, `sid=${own}.${pair.split('.')[1]}`, `${pair}x`, 'sid=', 'sid=%zz']
  for (const cookie of forged) {
    const { status, headers } = await cart({ cookie })
    t.equal(status, 200)
    t.match(headers['x-session-id'], uuid)
    t.notOk(cookie.includes(String(headers['x-session-id'])), cookie)
    t.match(headers['set-cookie'], /^sid=/)
  }
})

t.test(
  'a cookie signed with another secret is forged, a cookie of another node is not',
  async (t) => {
    const { pair } = cookieOf(await cart())
    const [same, other] = [
      await build(t, {}, { like: app }),
      await build(t, { COOKIE_SECRET: 'x'.repeat(32) }, { like: app })
    ]
    const session = async (node: typeof app) =>
      (await call(node, 'GET /api/v1/cart', { headers: { cookie: pair } })).headers['x-session-id']
    t.match(pair, await session(same))
    t.notMatch(pair, await session(other))
  }
)

t.test('every answer of cart, checkout and orders names the session, even an error', async (t) => {
  const session = randomUUID()
  const lines = [
    'GET /api/v1/cart',
    'DELETE /api/v1/cart',
    'POST /api/v1/cart/items',
    'PUT /api/v1/cart/items/x',
    'POST /api/v1/checkout',
    'GET /api/v1/orders',
    'GET /api/v1/orders/x',
    `POST /api/v1/orders/${session}/cancel`
  ] as const
  for (const line of lines)
    t.equal((await call(app, line, { session })).headers['x-session-id'], session, line)
})

t.test('reading the catalog makes no session', async (t) => {
  for (const path of ['products', 'categories'] as const) {
    const { headers } = await call(app, `GET /api/v1/${path}`)
    t.equal(headers['x-session-id'] ?? headers['set-cookie'], undefined)
  }
})

t.test('the cookie is sent by HTTPS only in production', async (t) => {
  const node = await build(t, { NODE_ENV: 'production' }, { like: app })
  t.match(cookieOf(await call(node, 'GET /api/v1/cart')).whole, /; Secure/)
})
