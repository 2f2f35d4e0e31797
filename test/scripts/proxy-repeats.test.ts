import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import t from 'tap'
import { echo, proxyInFront } from './front.ts'

// The proxy in front of two nodes, of which one takes a request and ends or hangs.

const key = { 'idempotency-key': 'a-key-of-16-characters' }
const admin = '/api/v1/admin/inventory/1/adjustments'

t.test('a request that counts once goes to another node when its node ends', async (t) => {
  const { ask, seen } = await nodesThatEnd(t)
  for (const [method, target, headers] of [
    ['POST', '/api/v1/checkout', key],
    ['POST', '/api/v1/checkout/?from=app', key],
    ['POST', '/api/v1/%63heckout', key],
    ['POST', '/api/v1/cart/items', key],
    ['POST', '/api/v1/cart/items/', {}],
    ['POST', admin, key],
    ['PUT', '/api/v1/cart/items/1', {}],
    ['GET', '/api/v1/orders?page=2', {}],
    ['GET', '/api/v1/products/a%20b', {}]
  ] as const) {
    const name = `${method} ${target}`
    const sent = seen.length
    const body = method === 'GET' ? '' : '{"a":1}'
    const answer = await ask(target, { method, headers, body })
    t.match([answer.status, answer.body.url, answer.body.method], [200, target, method], name)
    const [first, second, ...more] = seen.slice(sent)
    t.same([first?.body, more], [body, []], name)
    t.same(second, first, `${name}, as it was`)
    t.match(second?.headers, { 'x-forwarded-for': '127.0.0.1', 'x-request-id': /./ }, name)
    const is_keyless_add = target === '/api/v1/cart/items/'
    t.equal(/^[0-9a-f]{32}$/.test(`${second?.headers['x-proxy-key']}`), is_keyless_add, name)
  }
})

t.test('a request that may count twice is sent to one node only', async (t) => {
  const { ask, seen } = await nodesThatEnd(t)
  for (const [method, target, headers, detail] of [
    ['POST', '/api/v1/checkout', {}, /The order may have been placed: send the same/],
    ['POST', '/api/v1/checkout', { 'idempotency-key': '' }, /The order may have been placed/],
    ['POST', '/api/v1/orders/1/cancel', key, /The change may have been made/],
    ['POST', admin, {}, /The change may have been made/],
    ['PATCH', '/api/v1/admin/products/1', key, /The change may have been made/]
  ] as const) {
    const sent = seen.length
    t.match(
      await ask(target, { method, headers, body: '{}' }),
      { status: 503, headers: { 'retry-after': '1' }, body: { code: 'overloaded', detail } },
      `${method} ${target}`
    )
    t.equal(seen.length, sent + 1, `${method} ${target}`)
  }
})

t.test('a request that counts once is sent twice at most when no node answers', async (t) => {
  const seen: string[] = []
  const hang: RequestListener = ({ url }, answer) => {
    if (url === '/health/ready') answer.end()
    else seen.push(url!)
  }
  const { ask } = await proxyInFront(t, {}, [hang, hang, hang])
  const began = performance.now()
  const answer = await ask('/api/v1/checkout', { method: 'POST', headers: key, body: '{}' })
  t.match([answer.status, answer.body.instance], [503, '/api/v1/checkout'])
  t.equal(seen.length, 2)
  const seconds = (performance.now() - began) / 1000
  t.ok(seconds > 12 && seconds < 17, `${seconds.toFixed(1)} s`)
})

t.test('limits, closed routes and sizes are the same for a request with a key', async (t) => {
  const { ask } = await proxyInFront(t, { RATE_LIMIT_CHECKOUT: '2', HOLDFAST_ADMIN_FROM: 'none' })
  const post = (target: string, body = '{}') => ask(target, { method: 'POST', headers: key, body })
  const keyless = () => ask('/api/v1/checkout', { method: 'POST' })
  t.same([(await post('/api/v1/checkout')).status, (await keyless()).status], [200, 200])
  for (const target of ['/api/v1/checkout', '/api/v1/checkout/', '/api/v1/%63heckout'])
    t.match(await post(target), {
      status: 429,
      headers: { 'ratelimit-limit': '2', 'retry-after': '30' },
      body: { instance: target }
    })
  t.equal((await keyless()).status, 429, 'both are counted together')
  t.match(await post(admin), { status: 404, body: { instance: admin } })
  t.equal((await post('/api/v1/cart/items', 'x'.repeat(70_000))).status, 413)
  t.equal((await ask('/repeatable/checkout', { method: 'POST', headers: key })).status, 404)
  const spoofed = await ask('/api/v1/cart/items', {
    method: 'POST',
    headers: { ...key, 'x-proxy-key': 'of-a-client' }
  })
  t.notOk(spoofed.body.headers['x-proxy-key'])
})

type Seen = { headers: IncomingHttpHeaders; body: string }

/** Nodes of which the first that gets a request ends the connection, and the second answers. */
async function nodesThatEnd(t: Parameters<typeof proxyInFront>[0]) {
  const seen: Seen[] = []
  const node: RequestListener = (request, answer) => {
    if (request.url === '/health/ready') return void answer.end()
    let body = ''
    request.setEncoding('utf8').on('data', (part: string) => (body += part))
    request.on('end', () => {
      const { headers } = request
      const is_first = !seen.some((one) => one.headers['x-request-id'] === headers['x-request-id'])
      seen.push({ headers, body })
      if (is_first) request.socket.destroy()
      else echo(request, answer)
    })
  }
  // NGINX leaves out a node for a second after two requests that it ended.
  const nodes = Array<RequestListener>(6).fill(node)
  const limits = { RATE_LIMIT_API: '0', HOLDFAST_BALANCE: 'round_robin' }
  return { ...(await proxyInFront(t, limits, nodes)), seen }
}
