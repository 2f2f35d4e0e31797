import { randomUUID } from 'node:crypto'
import t from 'tap'
import { addCategory, addProduct, call } from '../../../routes/shop.ts'
import { build } from '../../../support/build.ts'
import { parsed, talk } from '../../../support/talk.ts'

const app = await build(t)
const product = await addProduct(app, {
  category_id: await addCategory(app, 'mugs')
})
const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
const session = randomUUID()
const whole = JSON.stringify({ product_id: product.id, quantity: 1 })

const say = async (bytes: string | Buffer) => parsed(await talk(url, bytes))

const expecting = (expect: string) =>
  `POST /api/v1/cart/items HTTP/1.1\r\nHost: a\r\nX-Session-ID: ${session}\r\nConnection: close\r\n` +
  `Content-Type: application/json\r\nContent-Length: ${whole.length}\r\nExpect: ${expect}\r\n\r\n${whole}`

const ask = (method: string, path: string, line = '') =>
  say(`${method} ${path} HTTP/1.1\r\nHost: a\r\n${line}Connection: close\r\n\r\n`)

t.test('a node answers health checkers of any protocol version and host', async (t) => {
  const checks = [
    'GET /health/live HTTP/1.0\r\n\r\n',
    'HEAD /health/live HTTP/1.0\r\n\r\n',
    'GET /health/live/ HTTP/1.0\r\nHost: \r\n\r\n',
    ...['', '_', '10.0.0.1', '[::1]:80', 'a b', 'ex_ample.test:8080', '<x>', 'ü'].map(
      (host) => `GET /health/live HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
    ),
    'GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n'
  ]
  for (const check of checks) t.equal((await say(check)).status, 200, check)
})

t.test('a node refuses a request whose Host is none', async (t) => {
  for (const host of ['Host: a b', 'Host: [', 'Host: a/b', 'Host: a@b', 'Host: <x>', 'X: y']) {
    const { status, body } = await say(`GET /docs HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`)
    t.match({ status, ...JSON.parse(body) }, { status: 400, code: 'validation_failed' }, host)
  }
  // HTTP/1.0 has none, and no answer depends on it: redirects name no host.
  for (const path of ['/api/v1/categories', '/docs'])
    t.equal((await say(`GET ${path} HTTP/1.0\r\n\r\n`)).status, 200, path)
  t.match(await say('GET / HTTP/1.0\r\n\r\n'), { status: 302, headers: { location: '/docs' } })
})

t.test('a node takes an expectation that it does not know', async (t) => {
  t.match(
    await talk(url, expecting('100-continue')),
    /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /
  )
  t.match(await talk(url, expecting('a-miracle')), /^HTTP\/1\.1 200 /)
})

t.test('a node ignores the body of a request that has none by its method', async (t) => {
  const sent = 'Connection: close\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{'
  t.equal((await say(`GET /api/v1/categories HTTP/1.1\r\nHost: a\r\n${sent}`)).status, 200)
  t.equal((await call(app, 'DELETE /api/v1/cart', { session, body: { a: 1 } })).status, 204)
})

t.test('a slash at the end of a path is as none', async (t) => {
  const paths = [
    'products',
    'categories',
    `products/${product.slug}`,
    'cart',
    'orders',
    'products?q=x'
  ]
  for (const path of paths) {
    const [name, query = ''] = path.split('?')
    const slashed = `GET /api/v1/${name}/${query && `?${query}`}` as const
    t.equal((await call(app, slashed, { session })).status, 200, slashed)
  }
  t.match(await call(app, 'PUT /api/v1/checkout/'), { status: 405, headers: { allow: 'POST' } })
  t.match(await call(app, 'POST /api/v1/checkout/', { session }), { status: 400 })
  t.match(await call(app, 'PATCH /api/v1/cart/'), { headers: { allow: 'DELETE, GET, HEAD' } })
  t.equal((await call(app, 'POST /api/v1/admin/products/')).status, 401)
  t.equal((await call(app, 'POST /api/v1/%61dmin/products')).status, 401)
  t.equal((await call(app, 'GET /api/v1/nothing/')).status, 404)
  t.equal((await call(app, 'GET /docs/')).status, 200)
})

t.test('a node refuses a URL that cannot be decoded, wherever the fault stands', async (t) => {
  const paths = [
    'products?q=%E9',
    'products?q=%',
    'products?%zz=1',
    'products?q=%C0%AF',
    'products/%E9'
  ]
  for (const path of [...paths, 'cart?x=%ED%A0%80', 'nothing?%', '%', 'categories/%c3'])
    t.match(
      await call(app, `GET /api/v1/${path}`),
      { status: 400, body: { code: 'validation_failed' } },
      path
    )
})

t.test('HEAD answers the headers of GET, and 304 has no length', async (t) => {
  const volatile = ['date', 'x-request-id', 'connection', 'keep-alive', 'transfer-encoding']
  const stable = (headers: Record<string, string>) =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => !volatile.includes(name)))
  const paths = [
    '/api/v1/products?limit=1',
    `/api/v1/inventory/${product.id}`,
    '/health/live',
    '/api/v1/products/x'
  ]
  for (const path of paths) {
    await ask('GET', path) // It fills the cache.
    const [get, head] = [await ask('GET', path), await ask('HEAD', path)]
    t.equal(head.body, '')
    t.same([head.status, stable(head.headers)], [get.status, stable(get.headers)], path)
  }
  const { etag = '' } = (await ask('GET', paths[0]!)).headers
  t.match(etag, /^"/)
  const lists = [etag, `W/${etag}`, `"x", ${etag}`, `"x" ,W/${etag},"y"`, '*']
  for (const method of ['GET', 'HEAD'])
    for (const list of lists) {
      const { status, headers, body } = await ask(method, paths[0]!, `If-None-Match: ${list}\r\n`)
      t.same([status, headers.etag, body], [304, etag, ''], `${method} ${list}`)
      t.notOk('content-length' in headers || 'transfer-encoding' in headers, method)
    }
  for (const list of ['"x"', '', etag.slice(1, -1)])
    t.equal((await ask('GET', paths[0]!, `If-None-Match: ${list}\r\n`)).status, 200, list)
})
