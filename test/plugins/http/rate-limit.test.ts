import t from 'tap'
import { build } from '../../support/build.ts'
import { call } from '../../routes/shop.ts'

const app = await build(t, { RATE_LIMIT_API: '5', RATE_LIMIT_CHECKOUT: '2' })
const other = await build(t, { RATE_LIMIT_API: '5', RATE_LIMIT_CHECKOUT: '2' }, { like: app })

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
  }
)

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

t.test('a limit of 0 turns the limiter off', async (t) => {
  const open = await build(t, { RATE_LIMIT_API: '0', RATE_LIMIT_CHECKOUT: '1' }, { like: app })
  const { look, pay } = client()
  for (let n = 0; n < 10; n++) {
    const { status, headers } = await look(open)
    t.same([status, headers['ratelimit-limit']], [200, undefined])
  }
  t.same([(await pay(open)).status, (await pay(open)).status], [400, 429])
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
  const { redis } = app
  const take = (key: string, most: number, window: number) =>
    new Promise<[number, number]>((resolve, reject) => {
      redis.rateBucket(key, most, window, (err, reply) => (err ? reject(err) : resolve(reply!)))
    })
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
