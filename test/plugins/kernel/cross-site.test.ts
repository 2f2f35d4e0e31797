import { randomUUID } from 'node:crypto'
import t from 'tap'
import { addProduct, call } from '../../routes/shop.ts'
import { build } from '../../support/build.ts'

// A form of another site may change nothing: the browser adds the session's cookie by itself.

const app = await build(t, {
  CORS_ORIGINS: 'https://front.example,http://127.0.0.1:5173',
  HOLDFAST_PUBLIC_URL: 'https://shop.example'
})
const { id } = await addProduct(app)
const body = { product_id: id, quantity: 1 }
const first = await call(app, 'POST /api/v1/cart/items', { body })
const cookie = String(first.headers['set-cookie']).split(';')[0]!

type Headers = Record<string, string>
const cancel = (headers: Headers, node = app) =>
  call(node, `POST /api/v1/orders/${randomUUID()}/cancel`, { headers: { cookie, ...headers } })

/** Passed: the order is looked for, and is not there. */
const passes = { status: 404, body: { code: 'order_not_found' } }
const refused = { status: 403, body: { code: 'cross_site' }, headers: { 'set-cookie': undefined } }

t.test('Sec-Fetch-Site decides where it is sent', async (t) => {
  const foreign = 'https://evil.example'
  const front = 'https://front.example'
  for (const [site, origin, expected] of [
    ['same-origin', undefined, passes],
    ['same-origin', foreign, passes],
    ['none', undefined, passes],
    ['same-site', undefined, refused],
    ['same-site', foreign, refused],
    ['same-site', front, passes],
    ['cross-site', undefined, refused],
    ['cross-site', 'null', refused],
    ['cross-site', foreign, refused],
    ['cross-site', 'https://shop.example', refused],
    ['cross-site', front, passes]
  ] as const)
    t.match(
      await cancel({ 'sec-fetch-site': site, ...(origin && { origin }) }),
      expected,
      `${site} ${origin}`
    )
})

t.test(
  'without Sec-Fetch-Site the Origin has to be known, or the host of the request',
  async (t) => {
    for (const [origin, host, expected] of [
      [undefined, 'localhost', passes],
      ['http://127.0.0.1:5173', 'localhost', passes],
      ['http://127.0.0.1:5174', 'localhost', refused],
      ['https://shop.example', 'localhost', passes],
      ['http://shop.example', 'localhost', passes],
      ['https://shop.example:8443', 'localhost', refused],
      ['https://www.shop.example', 'localhost', refused],
      ['http://localhost:8080', 'localhost:8080', passes],
      ['https://localhost:8080', 'localhost:8080', passes],
      ['http://localhost', 'localhost:8080', refused],
      ['https://own.example', 'own.example:443', passes],
      ['https://own.example', 'own.example', passes],
      ['https://evil.example', 'own.example', refused],
      ['null', 'own.example', refused],
      ['nonsense', 'own.example', refused]
    ] as const)
      t.match(await cancel({ host, ...(origin && { origin }) }), expected, `${origin} at ${host}`)
    const proxied = { 'x-forwarded-host': 'own.example:8443', host: 'node' }
    t.match(await cancel({ ...proxied, origin: 'https://own.example:8443' }), passes)
    t.match(await cancel({ ...proxied, origin: 'https://node' }), refused)
  }
)

t.test('reads, sessions by header, and clients without a session are not asked', async (t) => {
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  const reading = await call(app, 'GET /api/v1/cart', { headers: { ...foreign, cookie } })
  t.equal(reading.status, 200)
  const session = randomUUID()
  for (const headers of [
    { ...foreign, 'x-session-id': session },
    { ...foreign, 'x-session-id': session, cookie },
    foreign,
    { ...foreign, cookie: 'sid=forged' }
  ])
    t.equal((await call(app, 'POST /api/v1/cart/items', { headers, body })).status, 200)
})

t.test('cart and checkout are refused too, and * allows no origin here', async (t) => {
  const foreign = { cookie, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  for (const line of [
    'POST /api/v1/cart/items',
    `PUT /api/v1/cart/items/${id}`,
    `DELETE /api/v1/cart/items/${id}`,
    'DELETE /api/v1/cart',
    'POST /api/v1/checkout'
  ] as const)
    t.match(await call(app, line, { headers: foreign, body }), refused, line)
  const open = await build(t, { CORS_ORIGINS: '*' }, { like: app })
  t.match(await cancel({ origin: 'https://evil.example' }, open), refused)
  t.match(await cancel({ origin: '*' }, open), refused)
})
