import type { RequestListener } from 'node:http'
import t from 'tap'
import { echo, proxyInFront } from './front.ts'

// The proxy compresses what nodes answer. What an answer says about itself is the same whether it is compressed or not.

const gzip = { 'accept-encoding': 'gzip, br' }

t.test('the proxy compresses JSON, but no answer whose ETag is a version', async (t) => {
  const { ask } = await proxyInFront(t)
  const small = await ask('/api/v1/products', { headers: gzip })
  t.notOk(small.headers['content-encoding'])
  for (const target of ['/api/v1/products?size=3000', '/api/v1/admin/products?size=3000'])
    t.match((await ask(target, { headers: gzip })).headers, {
      'content-encoding': 'gzip',
      vary: 'Accept-Encoding',
      etag: 'W/"3"'
    })
  const key = { 'idempotency-key': 'a-key-of-16-characters' }
  for (const [method, target, more] of [
    ['GET', '/api/v1/admin/products/1?size=3000', {}],
    ['POST', '/api/v1/admin/products?size=3000', {}],
    ['PUT', '/api/v1/admin/inventory/1/?size=3000', {}],
    ['POST', '/api/v1/admin/inventory/1/adjustments?size=3000', key]
  ] as const) {
    const { headers: got } = await ask(target, { method, headers: { ...gzip, ...more } })
    const said = [got['content-encoding'], got.etag, got.vary]
    t.same(said, [undefined, '"3"', undefined], `${method} ${target}`)
  }
})

t.test('a 304 and an answer to HEAD have the ETag and the Vary of the 200', async (t) => {
  const { ask } = await proxyInFront(t, {}, [withStatus])
  for (const target of ['/api/v1/products?size=3000', '/api/v1/products', '/openapi.json']) {
    const { headers: whole } = await ask(target, { headers: gzip })
    t.match(whole, { etag: 'W/"3"', vary: 'Accept-Encoding' }, target)
    const unchanged = await ask(target, { headers: { ...gzip, 'x-status': '304' } })
    const head = await ask(target, { method: 'HEAD', headers: gzip })
    const plain = await ask(target)
    for (const { status, headers } of [unchanged, head, plain])
      t.same([headers.etag, headers.vary], [whole.etag, whole.vary], `${target} ${status}`)
  }
})

t.test('the Vary of a node stays, and names Accept-Encoding once', async (t) => {
  const { ask } = await proxyInFront(t, { CORS_ORIGINS: 'https://a.example' }, [withStatus])
  for (const [sent, seen] of [
    ['Origin', 'Origin, Accept-Encoding'],
    ['Origin, Cookie, X-Session-ID', 'Origin, Cookie, X-Session-ID, Accept-Encoding'],
    ['Accept-Encoding', 'Accept-Encoding'],
    ['Origin, accept-encoding', 'Origin, accept-encoding']
  ] as const)
    for (const target of ['/openapi.json?size=3000', '/docs'])
      t.equal((await ask(target, { headers: { ...gzip, 'x-vary': sent } })).headers.vary, seen)
  const version = await ask('/api/v1/admin/products/1', { headers: { 'x-vary': 'Authorization' } })
  t.equal(version.headers.vary, 'Authorization')
})

/** Answers with the status and the Vary that the request names. */
const withStatus: RequestListener = (request, answer) => {
  const { 'x-status': status, 'x-vary': vary } = request.headers
  answer.statusCode = Number(status ?? 200)
  if (vary !== undefined) answer.setHeader('vary', vary)
  echo(request, answer)
}
