import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build } from '../../support/build.ts'
import { call } from '../../routes/shop.ts'

const limits = { RATE_LIMIT_API: '5', RATE_LIMIT_CHECKOUT: '2', RATE_LIMIT_ADMIN: '3' }
const app = await build(t, limits)
const other = await build(t, limits, { like: app })

/** A staff request to an unknown product. */
const change = `PATCH /api/v1/admin/products/${randomUUID()}` as 'GET /'
const staff = (node = app, name = 'x-a', value = 'b') =>
  call(node, change, { key: true, headers: { [name]: value }, body: { name: 'New' } })

let last = 0
/** A client with an address of its own, as the proxy reports it. */
function client() {
  const headers = { 'x-forwarded-for': `10.0.0.${++last}` }
  return {
    look: (node = app) => call(node, 'GET /api/v1/categories', { headers }),
    pay: (node = app) => call(node, 'POST /api/v1/checkout', { headers }),
    ask: (line: 'GET /', node = app) => call(node, line, { headers })
  }
}

t.test(
  'the limiter lets a burst through, then no request until the bucket has refilled',
  async (t) => {
    const { look } = client()
    for (let left = 4; left >= 0; left--) {
      const { status, headers } = await look()
      t.equal(status, 200)
      t.match(headers, { 'ratelimit-limit': '5', 'ratelimit-remaining': `${left}` })
      t.match(headers['ratelimit-reset'], /^\d+$/)
    }
    const { status, headers, body } = await look()
    t.match({ status, code: body.code }, { status: 429, code: 'rate_limited' })
    t.match(headers['content-type'], /^application\/problem\+json/)
    t.match(headers['retry-after'], /^1[12]$/, 'a twelfth of a minute each, in whole seconds')
    t.equal(headers['ratelimit-remaining'], '0')
    t.equal(headers['ratelimit-reset'], headers['retry-after'])
  }
)

t.test('the limiter says when the next request may come as soon as none is left', async (t) => {
  const { look } = client()
  let answer = await look()
  while (answer.headers['ratelimit-remaining'] !== '0') answer = await look()
  t.match(answer, { status: 200, headers: { 'ratelimit-reset': /^1[12]$/ } })
  t.match((await look()).headers['ratelimit-reset'], /^1[12]$/)
})

/** How many requests an address has left. */
const from = async (address: string) => {
  const headers = { 'x-forwarded-for': address }
  return (await call(app, 'GET /api/v1/categories', { headers })).headers['ratelimit-remaining']
}

t.test('the limiter counts an IPv6 network of 64 bits as one address', async (t) => {
  t.equal(await from('2001:db8:1:2::1'), '4')
  t.equal(await from('2001:db8:1:2:ffff::2'), '3')
  t.equal(await from('[2001:db8:1:2::3]:4711'), '2')
  t.equal(await from('2001:db8:1:3::1'), '4')
  t.equal(await from('198.51.100.7'), '4')
  t.equal(await from('::ffff:198.51.100.7'), '3')
  t.equal(await from('198.51.100.7:4711'), '2')
  t.equal(await from('nonsense'), '4')
  t.equal(await from("'; drop table orders --, <script>"), '3')
})

t.test('an API key has a limit of its own, and a wrong key counts by its address', async (t) => {
  const { look, ask } = client()
  for (let n = 0; n < 6; n++) await look()
  t.equal((await look()).status, 429)
  const first = await staff(app, 'x-forwarded-for', `10.0.0.${last}`)
  t.match(first, { status: 404, headers: { 'ratelimit-limit': '3', 'ratelimit-remaining': '2' } })
  t.equal((await staff(other)).status, 404)
  t.equal((await staff(app)).status, 404)
  const { status, headers: said, body } = await staff(other)
  t.match({ status, code: body.code }, { status: 429, code: 'rate_limited' })
  t.match(said, { 'retry-after': /^(19|20)$/, 'ratelimit-reset': /^(19|20)$/ })

  t.equal((await ask(change)).status, 429, 'no key, and the address has no request left')
  const guess = client()
  const statuses: number[] = []
  for (let n = 0; n < 6; n++) statuses.push((await guess.ask(change)).status)
  t.same(statuses, [401, 401, 401, 401, 401, 429])
  t.equal((await guess.look()).status, 429, 'guesses and reads share a bucket')
})

t.test('the limiter does not count a preflight, and counts every spelling of a path', async (t) => {
  const headers = { 'x-forwarded-for': '10.9.9.9' }
  const asks = {
    ...headers,
    'access-control-request-method': 'GET',
    origin: 'https://a.example'
  }
  for (let n = 0; n < 7; n++)
    t.not((await call(app, 'OPTIONS /api/v1/categories', { headers: asks })).status, 429)
  const paths = ['categories', 'categories/', '%63ategories', 'cat%65gories/?', 'categories/?']
  for (const [at, path] of paths.entries())
    t.match(await call(app, `GET /api/v1/${path}`, { headers }), {
      status: 200,
      headers: { 'ratelimit-remaining': `${4 - at}` }
    })
  t.equal((await call(app, 'DELETE /api/v1/categories/', { headers })).status, 429)
  const without_origin = { ...asks, origin: '' }
  t.equal((await call(app, 'OPTIONS /api/v1/categories', { headers: without_origin })).status, 429)
})

t.test('all nodes share one bucket for each address', async (t) => {
  const { look } = client()
  const statuses: number[] = []
  for (let n = 0; n < 6; n++) statuses.push((await look(n % 2 ? app : other)).status)
  t.same(statuses, [200, 200, 200, 200, 200, 429])
  t.equal((await client().look()).status, 200)
})

t.test('the limiter lets no more requests through when all come at once', async (t) => {
  const { look } = client()
  const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => look(n % 2 ? app : other)))
  t.equal(answers.filter(({ status }) => status === 200).length, 5)
})

t.test('the limiter counts checkouts apart from other requests', async (t) => {
  const { look, pay } = client()
  t.same([(await pay()).status, (await pay(other)).status, (await pay()).status], [400, 400, 429])
  t.equal((await look()).headers['ratelimit-remaining'], '4')
})

t.test('the limiter leaves health and metrics alone', async (t) => {
  const { ask } = client()
  for (const path of ['/health/live', '/health/ready', '/metrics', '/openapi.json', '/docs/'])
    for (let n = 0; n < 6; n++) {
      const { status, headers } = await ask(`GET ${path}` as 'GET /')
      t.same([status, headers['ratelimit-limit']], [200, undefined], path)
    }
})

t.test('a limit of 0 turns the limiter off, and one of the API every limit', async (t) => {
  const off = { RATE_LIMIT_API: '0', RATE_LIMIT_CHECKOUT: '1', RATE_LIMIT_ADMIN: '1' }
  const open = await build(t, off, { like: app })
  const { look, pay } = client()
  for (let n = 0; n < 10; n++) {
    const { status, headers } = await look(open)
    t.same([status, headers['ratelimit-limit']], [200, undefined])
  }
  t.same([(await pay(open)).status, (await pay(open)).status], [400, 400])
  for (let n = 0; n < 3; n++) t.equal((await staff(open)).status, 404)
  const free = await build(t, { RATE_LIMIT_API: '1', RATE_LIMIT_CHECKOUT: '0' }, { like: app })
  for (let n = 0; n < 5; n++) t.equal((await client().pay(free)).status, 400)
})

t.test('the limiter lets every request through without Redis', async (t) => {
  const lone = await build(t, { RATE_LIMIT_API: '1' }, { like: app })
  lone.redis.disconnect()
  const { look } = client()
  for (let n = 0; n < 4; n++) t.equal((await look(lone)).status, 200)
})

t.test('the bucket refills by the clock of Redis', async (t) => {
  const { questions, redis } = app
  const take = (key: string, most: number, window: number) =>
    questions.ask<[number, number]>(redis, { name: 'bucket', keys: [key], args: [most, window] })
  for (let n = 1; n <= 3; n++) t.equal((await take('slow', 3, 60_000))[0], n)
  const [refused, wait] = await take('slow', 3, 60_000)
  t.equal(refused, 4)
  t.ok(wait > 19_000 && wait <= 20_000, 'one comes back every 20 s')
  // As if 20 s had passed: the bucket refills by Redis' clock.
  await redis.set('slow', Number(await redis.get('slow')) - 20_000)
  t.equal((await take('slow', 3, 60_000))[0], 3)
  t.equal((await take('slow', 3, 60_000))[0], 4)
  await redis.set('slow', Number(await redis.get('slow')) - 60_000)
  t.equal((await take('slow', 3, 60_000))[0], 1, 'never more than it holds')
  t.ok((await redis.pttl('slow')) <= 20_000, 'a full bucket is forgotten')
})
