import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { METHODS } from 'node:http'
import { connect } from 'node:net'
import t from 'tap'
import { call } from '../../routes/shop.ts'
import { build, until } from '../../support/build.ts'
import { parsed, talk } from '../../support/talk.ts'

const app = await build(t, { RATE_LIMIT_API: '5' })
const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))

const forged = () => `sid=${randomUUID()}.${createHmac('sha256', 'x').digest('base64url')}; `
const metrics = async () => (await call(app, 'GET /metrics')).text

let last = 0
/** What each of six requests of a client is answered, through a proxy that names the client. */
async function sixTimes(line: string, header = 'X: y', host = 'Host: a') {
  const address = `10.1.0.${++last}`
  const statuses: number[] = []
  for (let n = 0; n < 6; n++) {
    const head = `${line} HTTP/1.1\r\n${host}\r\n${header}\r\nX-Forwarded-For: ${address}`
    statuses.push(parsed(await talk(url, `${head}\r\nConnection: close\r\n\r\n`)).status)
  }
  return statuses
}
const then429 = (status: number) => [...Array<number>(5).fill(status), 429]

t.test('the limiter counts a request that a node refuses, whatever the reason', async (t) => {
  t.same(await sixTimes('GET /api/v1/cart', 'X-Session-ID: x'), then429(400))
  const foreign = 'Sec-Fetch-Site: cross-site'
  const cookie = `Cookie: sid=${encodeURIComponent(app.signCookie(randomUUID()))}`
  t.same(await sixTimes('DELETE /api/v1/cart', `${foreign}\r\n${cookie}`), then429(403))
  for (const path of ['/api/v1/nope', '/nope', '/api/v1/admin/nope', '/api/v1/products/x/y'])
    t.same(await sixTimes(`GET ${path}`), then429(404), path)
  for (const path of ['/%zz', '/api/v1/products/%zz', '/api/v1/admin/products/%zz'])
    t.same(await sixTimes(`GET ${path}`), then429(400), path)
  t.same(await sixTimes(`GET /api/v1/products/${'x'.repeat(300)}`), then429(414))
  for (const path of ['/api/v1/cart', '/api/v1/admin/products', '/api/v1/admin/replication'])
    t.same(await sixTimes(`PROPFIND ${path}`), then429(405), path)
  t.same(await sixTimes('GET /api/v1/cart', 'X: y', 'Host: a b'), then429(400))
  t.same(await sixTimes('GET /api/v1/cart', 'Host: b'), then429(400))
})

t.test('a node answers every other method of a known path with 405 and Allow', async (t) => {
  const free = await build(t, { RATE_LIMIT_API: '0' }, { like: app })
  const open = new URL(await free.listen({ host: '127.0.0.1', port: 0 }))
  const known = ['GET', 'HEAD', 'DELETE', 'CONNECT']
  for (const method of METHODS.filter((name) => !known.includes(name))) {
    const answer = await talk(
      open,
      `${method} /api/v1/cart HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
    )
    const { status, headers, body } = parsed(answer)
    t.match({ status, headers }, { status: 405, headers: { allow: 'DELETE, GET, HEAD' } }, method)
    t.match(JSON.parse(body), { code: 'method_not_allowed' }, method)
    // Fastify asks QUERY for the type of its body first.
    if (method === 'QUERY') continue
    const nowhere = await talk(
      open,
      `${method} /nope HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
    )
    t.equal(parsed(nowhere).status, 404, `${method} of an unknown path`)
  }
})

t.test('a node refuses a request with two Host headers', async (t) => {
  for (const hosts of ['Host: a\r\nHost: a', 'Host: a\r\nhost: b'])
    for (const path of ['/health/live', '/docs'])
      t.equal(
        parsed(await talk(url, `GET ${path} HTTP/1.1\r\n${hosts}\r\nConnection: close\r\n\r\n`))
          .status,
        400
      )
})

t.test('a client that resets its connection is no error of the node, and counts', async (t) => {
  const post =
    'POST /api/v1/cart/items HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{'
  for (let n = 0; n < 60; n++) {
    const socket = connect(Number(url.port), url.hostname).on('error', () => {})
    await once(socket, 'connect')
    socket.write(n % 2 ? post : 'GET /api/v1/cart HTTP/1.1\r\nHost: a\r\n\r\n')
    if (n % 3) await new Promise((resolve) => setImmediate(resolve))
    socket.resetAndDestroy()
  }
  await until('the node has read all of it', async () =>
    /holdfast_http_connections 0\n/.test(await metrics())
  )
  t.notMatch(await metrics(), /request_duration_seconds_count\{[^}]*status="5/)
  t.match(await metrics(), /holdfast_rate_limited_total\{limit="api"\} [1-9]/)
})

t.test(
  'forged cookies take no time, and the cookie that the shop signed still counts',
  async (t) => {
    const session = randomUUID()
    const own = `sid=${encodeURIComponent(app.signCookie(session))}`
    const node = await build(t, { RATE_LIMIT_API: '0' }, { like: app })
    const named = async (cookie: string) =>
      (await call(node, 'GET /api/v1/cart', { headers: { cookie } })).headers['x-session-id']
    t.equal(await named(`${'sid=.x;'.repeat(4000)}${own}`), session)
    t.equal(await named(`${Array.from({ length: 50 }, forged).join('')}${own}`), session)
    t.equal(await named(`${forged().repeat(300)}${own}`), session, 'the same value many times')
  }
)
