import { randomUUID } from 'node:crypto'
import t from 'tap'
import { addProduct, call } from '../../routes/shop.ts'
import { build } from '../../support/build.ts'

const front = 'https://front.example'
const app = await build(t, {
  CORS_ORIGINS: `${front}, http://127.0.0.1:5173`,
  RATE_LIMIT_API: '3',
  RATE_LIMIT_CHECKOUT: '2'
})
const product = await addProduct(app)

type Headers = Record<string, string>
const preflight = (path: string, headers: Headers = {}, node = app) =>
  call(node, `OPTIONS /${path}` as 'OPTIONS /', {
    headers: {
      origin: front,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,idempotency-key,x-session-id',
      ...headers
    }
  })
const list = (origin: string | undefined, node = app, path = 'api/v1/products') =>
  call(node, `GET /${path}` as 'GET /', origin === undefined ? {} : { headers: { origin } })

/** What the answer to an allowed origin has. */
const allowed = {
  'access-control-allow-origin': front,
  'access-control-allow-credentials': 'true',
  'cross-origin-resource-policy': 'cross-origin',
  vary: /\bOrigin\b/
}

t.test('a preflight is 204 for every path and method, and is not limited', async (t) => {
  for (let n = 0; n < 6; n++)
    for (const path of ['api/v1/checkout', 'api/v1/cart/items', 'api/v1/products', 'nowhere']) {
      const { status, headers, text } = await preflight(path)
      t.equal(status, 204, path)
      t.equal(text, '')
      t.match(headers, { ...allowed, 'x-request-id': String })
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
        t.match(headers['access-control-allow-methods'], method)
      for (const name of ['content-type', 'idempotency-key', 'x-session-id'])
        t.match(headers['access-control-allow-headers'], name)
      t.notOk(headers['ratelimit-limit'])
    }
  t.match(await list(front), { status: 200, headers: { 'ratelimit-remaining': /[12]/ } })
})

t.test('another origin is told nothing', async (t) => {
  for (const origin of ['https://evil.example', 'http://front.example', `${front}:8443`, 'null']) {
    const answers = [await preflight('api/v1/cart', { origin }), await list(origin)]
    for (const { headers } of answers) {
      t.equal(headers['access-control-allow-origin'], undefined, origin)
      t.equal(headers['access-control-allow-credentials'], undefined)
      t.equal(headers['cross-origin-resource-policy'], 'same-origin')
      t.match(headers.vary, /\bOrigin\b/)
    }
  }
  t.match((await list(undefined)).headers.vary, /\bOrigin\b/)
})

t.test('every answer exposes our headers, errors too', async (t) => {
  const node = await build(t, { CORS_ORIGINS: front, MAX_WRITES_IN_FLIGHT: '0' }, { like: app })
  const headers = { origin: front }
  const bought = await call(node, 'POST /api/v1/checkout', {
    headers: { ...headers, 'idempotency-key': randomUUID() },
    body: { email: 'ada@example.com', items: [{ product_id: product.id, quantity: 1 }] }
  })
  t.equal(bought.status, 201)
  const answers = [
    bought,
    await call(node, 'GET /api/v1/nowhere', { headers }),
    await call(node, 'PATCH /api/v1/cart', { headers }),
    await call(node, 'POST /api/v1/checkout', { headers }),
    await call(node, 'GET /api/v1/admin/invariants', { headers }),
    await call(node, 'GET /api/v1/products/%zz', { headers }),
    await call(node, 'GET /api/v1/cart', { headers: { ...headers, 'x-session-id': 'x' } }),
    await call(app, 'GET /api/v1/products', { headers }),
    await call(app, 'GET /api/v1/products', { headers }),
    await call(app, 'GET /api/v1/products', { headers })
  ]
  t.match(
    answers.map(({ status }) => status).join(),
    /^201,404,405,400,401,400,400,.*429$/,
    'errors of every kind'
  )
  for (const answer of answers) {
    t.match(answer.headers, allowed, `${answer.status}`)
    for (const name of [
      'X-Session-ID',
      'X-Consistency-Token',
      'ETag',
      'Location',
      'Retry-After',
      'RateLimit-Limit',
      'RateLimit-Remaining',
      'RateLimit-Reset',
      'Idempotency-Replayed',
      'X-Cache',
      'X-Request-ID',
      'Allow'
    ])
      t.match(answer.headers['access-control-expose-headers'], name)
  }
})

t.test('* allows every origin, without credentials', async (t) => {
  const open = await build(t, { CORS_ORIGINS: '*' }, { like: app })
  for (const { headers } of [
    await list('https://any.example', open),
    await preflight('api/v1/cart', { origin: 'https://any.example' }, open),
    await list('https://any.example', open, 'api/v1/products/%zz')
  ]) {
    t.equal(headers['access-control-allow-origin'], '*')
    t.equal(headers['access-control-allow-credentials'], undefined)
  }
})

t.test('OPTIONS is 405 when it is no preflight, and without CORS_ORIGINS always', async (t) => {
  // The buyers' limit of `app` is used up by now.
  const unlimited = { RATE_LIMIT_API: '0' }
  const open = await build(t, { ...unlimited, CORS_ORIGINS: front }, { like: app })
  const node = await build(t, { ...unlimited, CORS_ORIGINS: '' }, { like: app })
  for (const answer of [
    await call(open, 'OPTIONS /api/v1/cart'),
    await preflight('api/v1/cart', {}, node)
  ])
    t.match(answer, { status: 405, headers: { allow: 'DELETE, GET, HEAD' } })
  t.equal((await call(open, 'OPTIONS /nowhere')).status, 404)
  const { headers } = await list(front, node)
  t.equal(headers['access-control-allow-origin'], undefined)
  t.equal(headers['cross-origin-resource-policy'], 'same-origin')
})

t.test('a draining node answers preflights', async (t) => {
  const node = await build(t, { CORS_ORIGINS: front }, { like: app })
  node.drain()
  t.equal((await preflight('api/v1/cart', {}, node)).status, 204)
})
