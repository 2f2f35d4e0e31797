import { readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { proxyInFront } from './front.ts'

// Requests that NGINX or the HTTP parser of a node refuses before any route sees them.

const origin = 'https://a.example'
const named = `Host: a\r\nOrigin: ${origin}\r\nX-Request-ID: mine-1\r\n`
const end = 'Connection: close\r\n\r\n'
const cookie = (bytes: number) => `Cookie: a=${'x'.repeat(bytes)}\r\n`

/** The head of an answer as an object, and its body. */
function parsed(text: string) {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  const [line = '', ...lines] = head.split('\r\n')
  const headers: Record<string, string> = {}
  for (const one of lines) {
    const name = one.slice(0, one.indexOf(':')).toLowerCase()
    const value = one.slice(one.indexOf(':') + 2)
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value
  }
  return { status: Number(line.split(' ')[1]), headers, body }
}

t.test('a transfer coding that NGINX does not know is a bad request', async (t) => {
  const { send, run } = await proxyInFront(t)
  const log = (name: string) => readFileSync(path.join(run, name), 'utf8')
  for (const coding of ['gzip', 'identity', 'gzip, chunked']) {
    const id = `coded-${coding.length}`
    const answer = parsed(
      await send(
        `POST /api/v1/cart/items HTTP/1.1\r\nHost: a\r\nX-Request-ID: ${id}\r\n` +
          `Transfer-Encoding: ${coding}\r\n${end}0\r\n\r\n`
      )
    )
    t.match(answer, {
      status: 400,
      headers: {
        'content-type': /^application\/problem\+json/,
        'cache-control': 'no-store',
        'x-request-id': id
      },
      body: /"code":"validation_failed".*"instance":"\/api\/v1\/cart\/items"/
    })
    await until('its line in the log', () => log('nginx-refused.log').includes(id))
  }
  t.notMatch(log('nginx-access.log'), /coded-/)
})

t.test('a request that no route sees is answered with every header of a refusal', async (t) => {
  const { send } = await proxyInFront(t, { CORS_ORIGINS: `${origin},https://b.example` })
  const lines = Array.from({ length: 5 }, (_, n) => `X-${n}: ${'x'.repeat(8_000)}\r\n`).join('')
  for (const [name, status, text] of [
    ['a raw byte in the URL', 400, `GET /api/v1/products?q=\xe9 HTTP/1.1\r\n${named}${end}`],
    ['a control character', 400, `GET /api/v1/cart HTTP/1.1\r\n${named}X-A: \x01\r\n${end}`],
    ['large headers', 431, `GET /api/v1/cart HTTP/1.1\r\n${named}${lines}${end}`],
    ['a cookie before Origin', 431, `GET / HTTP/1.1\r\n${cookie(34_000)}${named}${end}`],
    ['a large cookie', 431, `GET / HTTP/1.1\r\n${cookie(60_000)}${named}${end}`],
    ['a long URL', 414, `GET /${'x'.repeat(60_000)} HTTP/1.1\r\n${named}${end}`],
    ['a coding', 400, `POST / HTTP/1.1\r\n${named}Transfer-Encoding: gzip\r\n${end}`]
  ] as const)
    t.match(
      parsed(await send(text)),
      {
        status,
        headers: {
          'cache-control': 'no-store',
          vary: 'Origin',
          'x-request-id': 'mine-1',
          'access-control-allow-origin': origin,
          'access-control-allow-credentials': 'true',
          'access-control-expose-headers': /X-Request-ID/
        }
      },
      name
    )
})

t.test('the only allowed origin may read the refusal of a URL or of headers', async (t) => {
  const { send } = await proxyInFront(t, { CORS_ORIGINS: origin })
  const allowed = { vary: 'Origin', 'access-control-allow-origin': origin }
  for (const target of ['/products/%zz', '/api/v1/products/%', '/../..'])
    t.match(parsed(await send(`GET ${target} HTTP/1.1\r\n${named}${end}`)), {
      status: 400,
      headers: { ...allowed, 'cache-control': 'no-store', 'x-request-id': /^[0-9a-f]{32}$/ },
      body: /"code":"validation_failed"/
    })
  t.match(parsed(await send(`GET / HTTP/1.1\r\n${cookie(100_000)}${named}${end}`)), {
    status: 431,
    headers: allowed
  })
  const asked = 'Access-Control-Request-Method: GET\r\n'
  t.match(parsed(await send(`OPTIONS /products/%zz HTTP/1.1\r\n${named}${asked}${end}`)), {
    status: 204,
    headers: {
      ...allowed,
      'access-control-allow-methods': /GET/,
      'access-control-allow-headers': /X-Session-ID/
    }
  })
  const other = 'Host: a\r\nOrigin: https://c.example\r\n'
  const refused = parsed(await send(`GET /?q=\xe9 HTTP/1.1\r\n${other}${end}`))
  t.notOk(refused.headers['access-control-allow-origin'], 'another origin may not')
  const closed = parsed(await send(`OPTIONS /metrics HTTP/1.1\r\nHost: a\r\n${end}`))
  t.equal(closed.status, 404, 'OPTIONS without Origin is no preflight')
})
