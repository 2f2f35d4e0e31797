import { randomUUID } from 'node:crypto'
import t from 'tap'
import { cookieName } from '../../../plugins/kernel/session/cookie.ts'
import { call } from '../../routes/shop.ts'
import { build, environmentOf } from '../../support/build.ts'
import { cookieOf, guestsOf, uuid4 } from '../../support/guest.ts'

const app = await build(t)
const { cart, add } = await guestsOf(app)

t.test('a cookie keeps its session, and is renewed by every answer but an error', async (t) => {
  const first = await add()
  const { pair } = cookieOf(first)
  for (const second of [await cart({ cookie: `a=b; ${pair}` }), await add({ cookie: pair })]) {
    t.equal(second.headers['x-session-id'], first.headers['x-session-id'])
    t.equal(cookieOf(second).pair, pair)
  }
  const missing = await call(app, `GET /api/v1/orders/${randomUUID()}`, {
    headers: { cookie: pair }
  })
  t.equal(missing.headers['x-session-id'], first.headers['x-session-id'])
  t.equal(missing.headers['set-cookie'], undefined)
})

t.test('of several cookies the one that the shop signed counts, also in quotes', async (t) => {
  const first = await add()
  const { pair } = cookieOf(first)
  const value = pair.slice('sid='.length)
  for (const cookie of [
    `sid=x; ${pair}`,
    `sid=${randomUUID()}.forged; a=b; ${pair}; sid=`,
    `sid="${value}"`,
    `sid="${decodeURIComponent(value)}"`,
    `sid=%zz;${pair}`,
    ` sid = ${value} `
  ])
    t.equal((await cart({ cookie })).headers['x-session-id'], first.headers['x-session-id'], cookie)
})

t.test('the header wins over the cookie, and no cookie is set then', async (t) => {
  const { pair } = cookieOf(await add())
  const session = randomUUID()
  for (const answer of [
    await cart({ cookie: pair, 'x-session-id': session }),
    await add({ cookie: pair, 'x-session-id': session })
  ]) {
    t.equal(answer.headers['x-session-id'], session)
    t.equal(answer.headers['set-cookie'], undefined)
  }
})

t.test('a forged cookie is ignored', async (t) => {
  const { pair } = cookieOf(await add())
  const own = randomUUID()
  const signature = pair.slice(pair.indexOf('.') + 1)
  const nil = encodeURIComponent(app.signCookie('00000000-0000-0000-0000-000000000000'))
  for (const cookie of [
    `sid=${own}`,
    `sid=${own}.${signature}`,
    `${pair}x`,
    'sid=',
    'sid=%zz',
    `sid=${nil}`
  ]) {
    t.equal((await cart({ cookie })).headers['x-session-id'], undefined, cookie)
    const { status, headers } = await add({ cookie })
    t.equal(status, 200)
    t.match(headers['x-session-id'], uuid4)
    t.notOk(cookie.includes(String(headers['x-session-id'])), cookie)
    t.match(headers['set-cookie'], /^sid=/)
  }
})

t.test(
  'a cookie signed with another secret is forged, a cookie of another node is not',
  async (t) => {
    const first = await add()
    const { pair } = cookieOf(first)
    const [same, other] = [
      await build(t, {}, { like: app }),
      await build(t, { COOKIE_SECRET: 'x'.repeat(32) }, { like: app })
    ]
    const session = async (node: typeof app) =>
      (await cart({ cookie: pair }, node)).headers['x-session-id']
    t.equal(await session(same), first.headers['x-session-id'])
    t.equal(await session(other), undefined)
  }
)

t.test(
  "in production the cookie's name begins with __Host-, and an older one is taken for a week",
  async (t) => {
    const { sql } = environmentOf(app)
    await sql.query('update cluster set session_hashes_since = now()')
    const production = await build(t, { NODE_ENV: 'production' }, { like: app })
    const { whole, pair } = cookieOf(await add({}, production))
    t.match(whole, /^__Host-sid=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/)

    const old = await add()
    const taken = await cart({ cookie: cookieOf(old).pair }, production)
    t.equal(taken.headers['x-session-id'], old.headers['x-session-id'])
    t.match(taken.headers['set-cookie'], `__Host-sid=${old.headers['x-session-id']}`)
    const both = await cart({ cookie: `${cookieOf(old).pair}; ${pair}` }, production)
    t.match(whole, String(both.headers['x-session-id']))

    await sql.query(`update cluster set session_hashes_since = now() - interval '7 days'`)
    const later = await build(t, { NODE_ENV: 'production' }, { like: app })
    const late = await cart({ cookie: cookieOf(old).pair }, later)
    t.equal(late.headers['x-session-id'], undefined)
  }
)

t.test("the cookie's name, domain and SameSite can be set", async (t) => {
  const settings = { NODE_ENV: 'production', COOKIE_NAME: 'shop', COOKIE_SAME_SITE: 'none' }
  const node = await build(t, { ...settings, COOKIE_DOMAIN: 'shop.example' }, { like: app })
  const { whole, pair } = cookieOf(await add({}, node))
  t.match(whole, /^shop=.*; Domain=shop.example; Path=\/; HttpOnly; Secure; SameSite=None$/)
  t.match(whole, String((await cart({ cookie: pair }, node)).headers['x-session-id']))
  t.equal(cookieName({ ...wide, COOKIE_DOMAIN: 'shop.example' }), 'sid')
})

const wide = { NODE_ENV: 'production', COOKIE_NAME: '', COOKIE_SAME_SITE: 'lax' } as const
