import t from 'tap'
import { choosePort } from '../../scripts/stack/supervisor/ports.ts'
import { proxyInFront } from './front.ts'

// Which hosts the proxy serves, where it redirects to, and what it serves at which address.

t.test('the proxy serves what health checkers send', async (t) => {
  const { send } = await proxyInFront(t)
  const end = 'Connection: close\r\n\r\n'
  t.match(await send('GET /health/ready HTTP/1.0\r\n\r\n'), /^HTTP\/1.1 200 [^]*"host":"localhost"/)
  const twice = 'GET /health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'
  t.equal((await send(`${twice}GET /health/live HTTP/1.0\r\n\r\n`)).match(/ 200 /g)?.length, 2)
  const hosts = {
    'Shop.Example:8443': 'shop.example:8443',
    '[::1]:80': '[::1]:80',
    '10.0.0.1': '10.0.0.1',
    a_b: 'a_b'
  }
  for (const [host, seen] of Object.entries(hosts))
    t.match(await send(`GET / HTTP/1.1\r\nHost: ${host}\r\n${end}`), `"host":"${seen}"`)
  t.match(
    await send(`GET http://other.example/ HTTP/1.1\r\nHost: a:81\r\n${end}`),
    '"host":"other.example"'
  )
  for (const bad of [`GET / HTTP/1.1\r\n${end}`, `GET / HTTP/1.1\r\nHost: a/../b\r\n${end}`])
    t.match(await send(bad), /^HTTP\/1.1 400 [^]*"code":"validation_failed"/)
})

t.test('no redirect leads to a host that only the request names', async (t) => {
  const tls = await choosePort()
  const secure = { HOLDFAST_TLS: 'yes', HOLDFAST_TLS_PORT: `${tls}` }
  const any = await proxyInFront(t, secure)
  const to = async (host: string, { ask } = any) =>
    (await ask('/api/v1/cart?x=1', { method: 'POST', headers: { host } })).headers.location
  t.equal(await to(`127.0.0.1:${any.port}`), `https://127.0.0.1:${tls}/api/v1/cart?x=1`)
  t.equal(await to('localhost'), `https://localhost:${tls}/api/v1/cart?x=1`)
  for (const host of ['evil.test', '127.0.0.2', 'localhost.evil.test', '[::1]'])
    t.match(await any.ask('/', { headers: { host } }), {
      status: 400,
      headers: { location: undefined },
      body: { code: 'validation_failed' }
    })
  const plain = await proxyInFront(t)
  for (const target of ['/api', '/api/v1', '/docs', '/problems', '/metrics'])
    t.notOk((await plain.ask(target, { headers: { host: 'evil.test' } })).headers.location, target)
})

t.test('with HOLDFAST_PUBLIC_URL the redirect leads there', async (t) => {
  const { ask } = await proxyInFront(t, {
    HOLDFAST_TLS: 'yes',
    HOLDFAST_TLS_PORT: `${await choosePort()}`,
    HOLDFAST_PUBLIC_URL: 'https://shop.example'
  })
  for (const host of ['shop.example', 'evil.test'])
    t.match(await ask('/docs', { headers: { host } }), {
      status: 308,
      headers: {
        location: 'https://shop.example/docs',
        'cache-control': 'no-store',
        'x-request-id': /^[0-9a-f]{32}$/
      }
    })
})

t.test('the admin routes are closed on a public address without TLS, and say why', async (t) => {
  const open = await proxyInFront(t, { HOLDFAST_HOST: '0.0.0.0' })
  for (const target of ['/api/v1/admin/orders', '/%61pi/v1//admin', '/api/v1/x/../admin/products/'])
    t.match(await open.ask(target), { status: 403, body: { code: 'forbidden', detail: /TLS/ } })
  t.equal((await open.ask('/api/v1/cart')).status, 200)
  t.match(open.said(), /^the admin routes are closed: .* HOLDFAST_ADMIN_FROM opens them$/m)
  const said = await proxyInFront(t, {
    HOLDFAST_HOST: '0.0.0.0',
    HOLDFAST_ADMIN_FROM: '127.5.0.0/16'
  })
  t.equal((await said.ask('/api/v1/admin/orders', { from: '127.5.0.1' })).status, 200)
  t.equal((await said.ask('/api/v1/admin/orders')).status, 404)
})

t.test("NGINX's own numbers are not at the port of clients", async (t) => {
  const { ask, proxy } = await proxyInFront(t)
  t.match((await ask('/nginx-status')).body, { url: '/nginx-status' }, 'passed on as any path')
  t.match(await (await fetch(proxy.status_url)).text(), /Active connections/)
  t.equal((await fetch(new URL('/', proxy.status_url))).status, 404)
})
