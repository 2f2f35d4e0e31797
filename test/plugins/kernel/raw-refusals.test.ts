import t from 'tap'
import { build } from '../../support/build.ts'
import { parsed, talk } from '../../support/talk.ts'

const shop = 'https://shop.example'
const app = await build(t, { CORS_ORIGINS: `${shop},https://other.example` })
const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
const big = `Cookie: a=${'x'.repeat(34 * 1024)}`
const own = 'X-Request-ID: mine'

t.test(
  'a request that cannot be parsed is answered with the headers of every answer',
  async (t) => {
    const origin = `Origin: ${shop}`
    const refused: [bytes: string, status: number][] = [
      [`FOO /api/v1/cart HTTP/1.1\r\nHost: a\r\n${own}\r\n${origin}\r\n\r\n`, 400],
      [`GET /api/v1/products?q=\xe9 HTTP/1.1\r\nHost: a\r\n${origin}\r\n${own}\r\n\r\n`, 400],
      [`GET /api/v1/cart HTTP/1.1\r\nHost: a\r\n${own}\r\n${origin}\r\n${big}\r\n\r\n`, 431],
      [`GET /api/v1/cart HTTP/1.1\r\nHost: a\r\n${big}\r\norigin:${shop}\r\n${own}\r\n\r\n`, 431],
      [`CONNECT a:443 HTTP/1.1\r\nHost: a\r\n${own}\r\n${origin}\r\n\r\n`, 405]
    ]
    for (const [bytes, wanted] of refused) {
      const { status, headers, body } = parsed(await talk(url, bytes))
      const name = bytes.slice(0, 30)
      t.equal(status, wanted, name)
      t.match(
        headers,
        {
          'content-type': /^application\/problem\+json/,
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
          'x-request-id': 'mine',
          vary: 'Origin',
          'access-control-allow-origin': shop,
          'access-control-allow-credentials': 'true',
          'access-control-expose-headers': /X-Request-ID/
        },
        name
      )
      t.match(JSON.parse(body), { status: wanted, code: /\S/ })
    }
  }
)

t.test(
  'a raw refusal takes no header of an earlier request and allows no other origin',
  async (t) => {
    const first = `GET /health/live HTTP/1.1\r\nHost: a\r\nOrigin: ${shop}\r\n${own}\r\n\r\n`
    const answers = await talk(url, `${first}FOO / HTTP/1.1\r\nHost: a\r\n\r\n`)
    const { headers } = parsed(answers.slice(answers.indexOf('HTTP/1.1 400')))
    t.match(headers, { 'x-request-id': /^[0-9a-f-]{36}$/, vary: 'Origin' })
    t.equal(headers['access-control-allow-origin'], undefined)
    const foreign = `FOO / HTTP/1.1\r\nHost: a\r\nOrigin: https://evil.example\r\n\r\n`
    t.equal(parsed(await talk(url, foreign)).headers['access-control-allow-origin'], undefined)
  }
)

t.test('every answer of a node with CORS_ORIGINS varies by Origin', async (t) => {
  for (const path of ['openapi.json', 'docs', 'docs/js/scalar.js', 'health/live', 'nope'])
    for (const origin of [{}, { origin: shop }]) {
      const { headers } = await app.inject({ url: `/${path}`, headers: origin })
      t.match(String(headers.vary), /(^|, )Origin(,|$)/i, path)
    }
  const { headers } = await app.inject({ url: '/openapi.json' })
  t.match(String(headers.vary), /Accept-Encoding/)
})
