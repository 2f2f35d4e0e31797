import t from 'tap'
import { somewhere } from '../system/visitor.ts'
import { proxyInFront } from './front.ts'

// NGINX as `npm start` configures it, in front of a node that answers everything.

t.test('the proxy serves 32 KB of headers and refuses more as a problem', async (t) => {
  const { ask } = await proxyInFront(t)
  for (const bytes of [7_000, 9_000, 15_000, 31_000]) {
    const { status, body } = await ask('/api/v1/cart', { headers: cookies(bytes) })
    t.same([status, body.headers?.cookie.length], [200, bytes + 2])
  }
  const many = Object.fromEntries(
    Array.from({ length: 16 }, (_, n) => [`x-${n}`, 'x'.repeat(1900)])
  )
  t.equal((await ask('/api/v1/cart', { headers: many })).status, 200, 'in many lines too')
  for (const bytes of [34_000, 100_000])
    t.match(await ask('/api/v1/cart', { headers: cookies(bytes) }), {
      status: 431,
      headers: { 'content-type': /^application\/problem\+json/, 'cache-control': 'no-store' },
      body: { status: 431, code: 'headers_too_large', detail: /cookies/ }
    })
  for (const length of [9_000, 60_000, 100_000])
    t.match(await ask(`/api/v1/products?q=${'x'.repeat(length)}`), {
      status: 414,
      body: { code: 'uri_too_long' }
    })
  const large = { method: 'POST', body: 'x'.repeat(60_000) }
  t.equal((await ask('/api/v1/cart', large)).status, 200, 'a body does not count as headers')
})

t.test("the pages of an allowed origin may read the proxy's own answers", async (t) => {
  const { ask, stopNode } = await proxyInFront(t, {
    CORS_ORIGINS: 'https://a.example,https://b.example:8443',
    HOLDFAST_ADMIN_FROM: 'none',
    RATE_LIMIT_CHECKOUT: '1'
  })
  const origin = 'https://b.example:8443'
  const from = somewhere()
  await ask('/api/v1/checkout', { from })
  for (const [name, { target, status, ...more }] of Object.entries(own(from))) {
    t.match(
      await ask(target, { ...more, headers: { origin } }),
      {
        status,
        headers: {
          'access-control-allow-origin': origin,
          'access-control-allow-credentials': 'true',
          'access-control-expose-headers': /Retry-After/,
          vary: /Origin/,
          'cache-control': 'no-store',
          'x-request-id': /./
        }
      },
      name
    )
    const { headers } = await ask(target, { ...more, headers: { origin: 'https://c.example' } })
    t.match(headers, { vary: /Origin/, 'cache-control': 'no-store' }, name)
    t.notOk(headers['access-control-allow-origin'], name)
    const preflight = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-session-id'
    }
    if (name !== 'large' && name !== 'many')
      t.match(
        await ask(target, { method: 'OPTIONS', headers: preflight }),
        {
          status: 204,
          headers: {
            'access-control-allow-origin': origin,
            'access-control-allow-methods': /POST/,
            'access-control-allow-headers': 'x-session-id'
          }
        },
        `the preflight of ${name}`
      )
  }
  const served = await ask('/api/v1/cart', { headers: { origin } })
  t.notOk(served.headers['access-control-allow-origin'], "a node's answer has the node's headers")
  stopNode()
  t.match(await ask('/api/v1/cart', { headers: { origin } }), {
    status: 503,
    body: { code: 'overloaded', instance: '/api/v1/cart' },
    headers: { 'access-control-allow-origin': origin, 'retry-after': '1' }
  })
  const preflight = { origin, 'access-control-request-method': 'PUT' }
  const before = await ask('/api/v1/cart', { method: 'OPTIONS', headers: preflight })
  t.match(before, { status: 204, headers: { 'access-control-allow-methods': /PUT/ } })
})

t.test('with * every origin may read them, without credentials', async (t) => {
  const { ask } = await proxyInFront(t, { CORS_ORIGINS: '*' })
  const { headers } = await ask('/metrics', { headers: { origin: 'https://x.example' } })
  t.equal(headers['access-control-allow-origin'], '*')
  t.notOk(headers['access-control-allow-credentials'])
})

const cookies = (bytes: number) => ({ cookie: `a=${'x'.repeat(bytes)}` })

/** Requests that the proxy answers itself. */
const own = (from: string) => ({
  large: { target: '/api/v1/cart', method: 'POST', body: 'x'.repeat(70_000), status: 413 },
  long: { target: `/${'x'.repeat(9_000)}`, status: 414 },
  many: { target: '/api/v1/checkout', status: 429, from },
  closed: { target: '/api/v1/admin/orders', status: 404 }
})
