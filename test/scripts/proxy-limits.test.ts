import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import t, { type Test } from 'tap'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { somewhere } from '../system/visitor.ts'
import { proxyInFront } from './front.ts'

// NGINX as `npm start` configures it, in front of a node that answers everything.

t.test('a limit holds for every spelling of a path', async (t) => {
  const { ask } = await proxyInFront(t, { RATE_LIMIT_CHECKOUT: '1', RATE_LIMIT_ADMIN: '1' })
  const limitOf = async (target: string, times: number, method = 'GET') => {
    const from = somewhere()
    for (let n = 0; n < times; n++) await ask(target, { from, method })
    const { status, headers } = await ask(target, { from, method })
    return [status, headers['ratelimit-limit'], headers['retry-after']]
  }
  for (const spelling of spellings('/api/v1/checkout'))
    t.same(await limitOf(spelling, 1, 'POST'), [429, '1', '60'], spelling)
  for (const spelling of spellings('/api/v1/admin/products'))
    t.same(await limitOf(spelling, 2), [429, '2', '30'], spelling)
})

t.test('requests outside the API are limited, closed pages too', async (t) => {
  const { ask } = await proxyInFront(t, { RATE_LIMIT_OPS: '3' })
  for (const target of ['/health/ready', '/openapi.json', '/docs', '/', '/metrics', '/ops']) {
    const from = somewhere()
    const closed = /metrics|ops/.test(target)
    for (let n = 0; n < 3; n++)
      t.equal((await ask(target, { from })).status, closed ? 404 : 200, target)
    t.match(await ask(target, { from }), {
      status: 429,
      body: { code: 'rate_limited', instance: target },
      headers: { 'ratelimit-limit': '3', 'ratelimit-reset': '20', 'retry-after': '20' }
    })
    t.equal((await ask('/api/v1/cart', { from })).status, 200, 'the API counts by itself')
  }
})

t.test('preflights do not count as API requests', async (t) => {
  const { ask } = await proxyInFront(t, { RATE_LIMIT_API: '2' })
  const from = somewhere()
  const preflight = { 'access-control-request-method': 'POST', origin: 'https://a.example' }
  for (let n = 0; n < 10; n++)
    t.equal(
      (await ask('/api/v1/cart', { from, method: 'OPTIONS', headers: preflight })).status,
      200
    )
  const statuses = []
  for (let n = 0; n < 3; n++) statuses.push((await ask('/api/v1/cart', { from })).status)
  t.same(statuses, [200, 200, 429])
  t.equal((await ask('/api/v1/cart', { from, headers: preflight })).status, 429, 'a GET counts')
  const { origin, ...without_origin } = preflight
  for (const headers of [{}, { origin }, without_origin])
    t.equal((await ask('/api/v1/cart', { from, method: 'OPTIONS', headers })).status, 429)
})

t.test('RATE_LIMIT_API=0 turns every request limit off', async (t) => {
  const { ask } = await proxyInFront(t, { RATE_LIMIT_API: '0', RATE_LIMIT_CHECKOUT: '1' })
  for (const target of ['/api/v1/checkout', '/health/live', '/api/v1/admin/products'])
    for (let n = 0; n < 3; n++) t.equal((await ask(target)).status, 200)
})

t.test('an address may have so many connections with a request in progress', async (t) => {
  const { ask, port, run } = await proxyInFront(t, { HOLDFAST_CONNECTIONS_PER_IP: '5' })
  const slow = Array.from({ length: 12 }, () => slowBody(t, port))
  await until('the refusals', () => slow.filter(({ text }) => / 429 /.test(text())).length === 7)
  t.match(
    slow.map(({ text }) => text()).find(Boolean),
    /retry-after: 1\r[^]*"code":"rate_limited"/i
  )
  t.equal((await ask('/api/v1/cart')).status, 429)
  t.equal((await ask('/api/v1/cart', { from: somewhere() })).status, 200, 'another address')
  for (const { end } of slow) end()
  await until('the place of an ended one', async () => (await ask('/health/live')).status === 200)
  const log = (name: string) => readFileSync(path.join(run, name), 'utf8')
  t.match(log('nginx-refused.log'), /"status":429/)
  t.notMatch(log('nginx-access.log'), /"status":429/, 'a flood does not fill this log')
})

t.test('behind trusted proxies the client is the one that they name', async (t) => {
  const { ask, run } = await proxyInFront(t, {
    HOLDFAST_TRUSTED_PROXIES: '127.3.0.0/16, 10.9.0.0/16',
    RATE_LIMIT_API: '3'
  })
  const from = '127.3.0.1'
  const times = async (count: number, forwarded?: string, by = from) => {
    const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
    const answers = []
    for (let n = 0; n < count; n++) answers.push(await ask('/api/v1/cart', { from: by, headers }))
    return answers
  }
  const statuses = async (...of: Parameters<typeof times>) =>
    (await times(...of)).map(({ status }) => status)
  t.same(await statuses(4, '203.0.113.10'), [200, 200, 200, 429])
  const [seen] = await times(1, '198.51.100.1, 203.0.113.20, 10.9.1.1')
  t.match(seen, { status: 200, body: { headers: { 'x-forwarded-for': '203.0.113.20' } } })
  t.same(await statuses(6), Array(6).fill(200), "the proxy's own requests count nowhere")
  t.same(await statuses(4, '203.0.113.30', '127.4.0.1'), [200, 200, 200, 429], 'not trusted')
  t.same(await statuses(1, '203.0.113.31', '127.4.0.1'), [429], 'and its header counts for nothing')
  const v6 = ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:DB8:1:2:0:0:0:3', '2001:db8:1:2::4']
  const network = await Promise.all(v6.map((address) => statuses(1, address)))
  t.same(
    network.flat().toSorted(),
    [200, 200, 200, 429],
    'an IPv6 network of 64 bits is one client'
  )
  t.same(await statuses(1, '2001:db8:1:3::1'), [200])
  t.same(await statuses(2, '::ffff:192.0.2.1'), [200, 200])
  t.same(
    await statuses(2, '192.0.2.1'),
    [200, 429],
    'an IPv4 address in the form of IPv6 is the same'
  )
  t.same(await statuses(2, '::ffff:192.0.2.2'), [200, 200])
  t.match(readFileSync(path.join(run, 'nginx-access.log'), 'utf8'), /"from":"203.0.113.20"/)
  const secure = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.40' }
  const scheme = async (by: string) =>
    (await ask('/', { from: by, headers: secure })).body.headers['x-forwarded-proto']
  t.equal(await scheme(from), 'https')
  t.equal(await scheme('127.4.0.2'), 'http', 'only a trusted proxy may say so')
})

/** Forms of a path that NGINX takes for the same. */
const spellings = (target: string) => {
  const [, api, v1, ...rest] = target.split('/')
  const [first = '', ...more] = rest.join('/')
  return [
    target,
    `${target}/`,
    `${target}//`,
    `/${target}`,
    `${target}?x=1`,
    `/${api}//${v1}/${rest.join('/')}`,
    `/${api}/${v1}/./${rest.join('/')}`,
    `/${api}/${v1}/x/../${rest.join('/')}`,
    `/x/%2e%2e${target}`,
    `/%61pi/${v1}/${rest.join('/')}`,
    `/${api}/${v1}/%${first.charCodeAt(0).toString(16)}${more.join('')}`
  ]
}

/** A client that sends the headers of a POST, and then nothing of its body. */
function slowBody(t: Test, port: number) {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (data) => (text += String(data))).on('error', () => {})
  socket.write('POST /api/v1/cart/items HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{')
  t.teardown(() => socket.destroy())
  return { text: () => text, end: () => socket.destroy() }
}
