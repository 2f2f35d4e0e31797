import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { cutOff } from '../../support/cut-off.ts'
import { talk } from '../../support/talk.ts'
import { build, until, environmentOf } from '../../support/build.ts'
import { call } from '../../routes/shop.ts'

const app = await build(t)
const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
const json = { 'content-type': 'application/json' }
const addItem = 'POST /api/v1/cart/items'

/** Every error has this form. */
function checkProblem(
  t: Tap,
  { headers, body }: Awaited<ReturnType<typeof call>>,
  expected: { status: number; code: string }
) {
  t.match(headers['content-type'], /^application\/problem\+json/)
  t.match(body, { type: String, title: /\S/, instance: /^\//, ...expected })
}
type Tap = Pick<typeof t, 'match'>

t.test('an unknown path is answered with 404 and its name', async (t) => {
  const answer = await call(app, 'GET /api/v1/nothing?secret=1')
  checkProblem(t, answer, { status: 404, code: 'not_found' })
  t.equal(answer.body.instance, '/api/v1/nothing', 'without the query')
  checkProblem(t, await call(app, 'POST /nothing'), { status: 404, code: 'not_found' })
})

t.test('a body that breaks its schema is answered with pointers to what is wrong', async (t) => {
  const wrong = [
    [{ quantity: 1 }, '#/product_id'],
    [{ product_id: 'x', quantity: 1 }, '#/product_id'],
    [{ product_id: crypto.randomUUID(), quantity: '1' }, '#/quantity'],
    [{ product_id: crypto.randomUUID(), quantity: 1, 'a/b~': 1 }, '#/a~1b~0']
  ] as const
  for (const [body, pointer] of wrong) {
    const answer = await call(app, addItem, { body })
    checkProblem(t, answer, { status: 400, code: 'validation_failed' })
    t.match(answer.body.errors, [{ pointer, detail: /\S/ }])
  }
})

t.test('a body that is no JSON, too large, of another type or poisoned is refused', async (t) => {
  const refused: [body: string, headers: Record<string, string>, status: number, code: string][] = [
    ['{"product_id":', json, 400, 'validation_failed'],
    ['', json, 400, 'validation_failed'],
    ['', {}, 400, 'validation_failed'],
    ['null', json, 400, 'validation_failed'],
    ['[]', json, 400, 'validation_failed'],
    ['{"__proto__":{"quantity":1}}', json, 400, 'validation_failed'],
    ['{"constructor":{"prototype":{}}}', json, 400, 'validation_failed'],
    [`"${'x'.repeat(2_000_000)}"`, json, 413, 'payload_too_large'],
    ['quantity=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415, ''],
    ['<a/>', { 'content-type': 'application/xml' }, 415, ''],
    ['{}', { 'content-type': 'text/plain' }, 415, ''],
    ['{}', { 'content-type': 'not a type' }, 415, '']
  ]
  for (const [body, headers, status, code] of refused) {
    const answer = await call(app, addItem, { body, headers })
    checkProblem(t, answer, { status, code: code || 'unsupported_media_type' })
  }
  t.equal(({} as { quantity?: number }).quantity, undefined)
})

t.test('an empty body counts as no body where none is needed', async (t) => {
  t.equal((await call(app, 'DELETE /api/v1/cart', { headers: json })).status, 204)
  const cancel = `POST /api/v1/orders/${crypto.randomUUID()}/cancel` as const
  checkProblem(t, await call(app, cancel, { headers: json }), {
    status: 404,
    code: 'order_not_found'
  })
})

t.test('a URL that cannot be decoded or is too long is refused', async (t) => {
  const bad = { status: 400, code: 'validation_failed' }
  const long = { status: 414, code: 'uri_too_long' }
  const paths = [
    ['%', bad],
    ['%zz', bad],
    ['%ff', bad],
    ['x'.repeat(300), long],
    ['%F0%9F%98%80'.repeat(101), long]
  ] as const
  for (const [path, problem] of paths) {
    const answer = await call(app, `GET /api/v1/products/${path}`)
    checkProblem(t, answer, problem)
    t.ok(answer.headers['x-request-id'])
  }
})

t.test(
  'another method is answered with 405 and the allowed methods, whatever the body',
  async (t) => {
    const other = [
      ['DELETE /api/v1/products', 'GET, HEAD'],
      ['POST /api/v1/products/mug', 'GET, HEAD'],
      ['GET /api/v1/checkout', 'POST'],
      ['PATCH /api/v1/cart', 'DELETE, GET, HEAD'],
      ['GET /api/v1/cart/items/x', 'DELETE, PUT'],
      ['OPTIONS /health/live', 'GET, HEAD'],
      ['DELETE /api/v1/orders/x/cancel', 'POST']
    ] as const
    for (const [line, allow] of other) {
      const answer = await call(app, line, { headers: json, body: '{' })
      checkProblem(t, answer, { status: 405, code: 'method_not_allowed' })
      t.equal(answer.headers.allow, allow, line)
    }
    const head = await call(app, 'HEAD /api/v1/checkout')
    t.same([head.status, head.headers.allow, head.text], [405, 'POST', ''])
  }
)

t.test('the answer to an internal error shows nothing of its cause', async (t) => {
  await environmentOf(app).sql.query('alter table categories rename to hidden')
  t.teardown(() => environmentOf(app).sql.query('alter table hidden rename to categories'))
  const answer = await call(app, 'GET /api/v1/categories')
  checkProblem(t, answer, { status: 500, code: 'internal' })
  t.same(Object.keys(answer.body).toSorted(), ['code', 'instance', 'status', 'title', 'type'])
})

t.test('a request that needs an unreachable primary is answered with 503 overloaded', async (t) => {
  const giveBack = await cutOff(t, app, 'primary')
  const answer = await call(app, 'GET /api/v1/products?q=away')
  checkProblem(t, answer, { status: 503, code: 'overloaded' })
  t.match(answer.headers['retry-after'], /^\d+$/)
  await giveBack()
  await until(
    'the shop',
    async () => (await call(app, 'GET /api/v1/products?q=away')).status === 200
  )
})

t.test(
  'bytes that are no HTTP are answered with a problem, and the connection is closed',
  async (t) => {
    const garbage = [
      'hello\r\n\r\n',
      'GET /\0 HTTP/1.1\r\n\r\n',
      'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
      'POST /api/v1/cart/items HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'
    ]
    for (const text of garbage) {
      const answer = await talk(url, text)
      t.match(answer, /^HTTP\/1\.1 400 /, text.slice(0, 20))
      t.match(answer, /content-type: application\/problem\+json/i)
      t.match(JSON.parse(answer.split('\r\n\r\n')[1]!), { status: 400, code: 'validation_failed' })
    }
  }
)

const cookies = (bytes: number) =>
  `GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: a=${'x'.repeat(bytes - 2)}\r\n\r\n`

t.test('a node takes 32 KB of headers, and refuses more with their name', async (t) => {
  t.match(await talk(url, cookies(32 * 1024)), /^HTTP\/1\.1 200 /)
  for (const bytes of [34 * 1024, 200_000]) {
    const answer = await talk(url, cookies(bytes))
    t.match(answer, /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/)
    const problem = JSON.parse(answer.split('\r\n\r\n')[1]!)
    t.match(problem, { status: 431, code: 'headers_too_large', detail: /headers.*cookies/ })
  }
})

t.test('a client that disconnects within its request does not disturb the node', async (t) => {
  const socket = connect(Number(url.port), url.hostname)
  await once(socket, 'connect')
  socket.write('POST /api/v1/cart/items HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"prod')
  socket.destroy()
  await once(socket, 'close')
  t.equal((await fetch(new URL('/health/live', url))).status, 200)
})
