import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { choosePort } from '../../scripts/stack/supervisor/ports.ts'
import { root } from '../../scripts/stack/settings.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { place } from './running.ts'
import { steadily, somewhere, visit, type Visit } from './visitor.ts'

// The proxy with its limits on, as `npm start` runs it. Every visitor has an address of its own, unless `from` names one.
const long = Boolean(process.env.TEST_LONG)
t.setTimeout(long ? 600_000 : 240_000)
const here = await place(t, long ? 3 : 2)
const limits = { RATE_LIMIT_API: '', RATE_LIMIT_CHECKOUT: '', PROVIDER_LATENCY_MS: '50' }
const supervisor = await here.start(limits)
const { url, log } = here.stack()
const api = `${url}/api/v1`
const list = (from?: string, timeout?: number) =>
  visit(`${api}/products?limit=1`, { ...(from && { from }), ...(timeout && { timeout }) })
const [tea] = (await list()).body.products as [{ id: string }]
await restock(100_000)

const spender = somewhere()
let spent = 0

t.test('the proxy lets 100 requests and 10 checkouts of an address through at once', async (t) => {
  const from = somewhere()
  const lists = await Promise.all(Array.from({ length: 120 }, () => list(from)))
  const through = lists.filter(({ status }) => status === 200).length
  t.ok(through >= 100 && through <= 102, `${through} got through, some of them as it refilled`)
  checkRefused(
    lists.filter(({ status }) => status !== 200),
    { limit: '100', reset: '1' }
  )
  const [one] = lists.filter(({ status }) => status === 429)
  const line = await until('its line in the log', () =>
    lineOf(String(one?.headers['x-request-id']))
  )
  t.equal(line.node, '', 'answered by the proxy itself')
  t.equal((await visit(`${url}/health/ready`, { from })).status, 200, 'health counts by itself')
  t.equal((await buy(from)).status, 201, 'checkouts count by themselves')

  const checkouts = await Promise.all(Array.from({ length: 15 }, () => buy(spender)))
  spent = performance.now()
  t.equal(checkouts.filter(({ status }) => status === 201).length, 10)
  checkRefused(
    checkouts.filter(({ status }) => status !== 201),
    { limit: '10', reset: '[1-6]' }
  )

  function checkRefused(refused: Visit[], { limit, reset }: { limit: string; reset: string }) {
    for (const { status, body, headers } of refused)
      t.match(
        { status, code: body.code, ...headers },
        {
          status: 429,
          code: 'rate_limited',
          'content-type': /^application\/problem\+json/,
          'retry-after': new RegExp(`^${reset}$`),
          'ratelimit-limit': limit,
          'ratelimit-remaining': '0',
          'x-request-id': /./
        }
      )
  }
})

t.test('the proxy tells nodes the address of a client, and passes the request id on', async (t) => {
  const claims = { 'x-forwarded-for': '10.9.8.7', 'x-request-id': 'mine-1' }
  const { headers } = await visit(`${api}/categories`, { headers: claims, from: '127.9.9.9' })
  t.match(headers, { 'x-request-id': 'mine-1', 'ratelimit-remaining': '99' })
  const again = await visit(`${api}/categories`, {
    headers: { 'x-forwarded-for': '10.9.8.8', 'x-request-id': 'not a name' },
    from: '127.9.9.9'
  })
  t.equal(again.headers['ratelimit-remaining'], '98', 'X-Forwarded-For of a client does not count')
  t.match(again.headers['x-request-id'], /^[0-9a-f]{32}$/)
  await until('the line in the log', () => lineOf('mine-1')?.from === '127.9.9.9')
})

t.test('the proxy does not serve the pages of the operators', async (t) => {
  for (const hidden of ['/metrics', '/metrics/', '/ops', '/%6detrics', '//ops', '/nginx-status'])
    t.match(await visit(url + hidden), { status: 404, body: { code: 'not_found' } }, hidden)
  const status = await visit(here.stack().nginx.status_url)
  t.match([status.status, status.body], [200, /Active connections/], 'on a port of their own')
})

t.test('the proxy fails no read when a node is killed, and uses the node again', async (t) => {
  const reads = steadily(long ? 200 : 60, () => list())
  await until('some reads', () => reads.count() > 50)
  const [, victim] = here.stack().nodes
  process.kill(victim!.pid, 'SIGKILL')
  await until('a new node', () => here.stack().nodes[1]!.pid !== victim!.pid)
  await isBack(victim!)
  await until('its answers', () => reads.count() > 200)
  const answers = await reads.end()
  const failed = answers.filter(({ status }) => status !== 200)
  t.same(failed.map(inShort), [], `none of ${answers.length} failed`)
})

t.test('a node that hangs is out within 6 s, and back within 6 s of its return', async (t) => {
  const [victim] = here.stack().nodes
  process.kill(victim!.pid, 'SIGSTOP')
  t.teardown(() => process.kill(victim!.pid, 'SIGCONT'))
  const began = performance.now()
  const early = Promise.all(Array.from({ length: 12 }, () => list()))
  await until('the proxy to leave it out', () => out().length > 0, 6_000)
  t.same(out(), [`127.0.0.1:${victim!.port}`])
  await until('readers who need not wait', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => list(undefined, 1_000)))
    return answers.every(({ status }) => status === 200)
  })
  t.ok(performance.now() - began < 8_000)
  for (const { status, ms } of await early)
    t.ok(status === 200 && ms < 12_000, `${status} in ${ms} ms`)
  process.kill(victim!.pid, 'SIGCONT')
  await until('the proxy to use it again', () => out().length === 0, 6_000)
  await served(victim!.port)
})

t.test('the proxy repeats at another node what counts once, and no other POST', async (t) => {
  const { nodes } = here.stack()
  const [victim] = nodes
  // All of them, or the quicker ones would get what comes later.
  for (const { pid } of nodes) process.kill(pid, 'SIGSTOP')
  const done = { reads: 0, posts: 0 }
  const ask = Array.from({ length: 12 }, async () => {
    const [read, add, post] = await Promise.all([
      list().finally(() => done.reads++),
      addToCart(),
      buyNothing().finally(() => done.posts++)
    ])
    return { read, add, post }
  })
  await until('all requests to be at the nodes', async () => (await inTheProxy()) >= 36)
  for (const { pid } of nodes.slice(1)) process.kill(pid, 'SIGCONT')
  await until('the answers of the others', () => done.reads >= 4 && done.posts >= 4)
  await sleep(300)
  const open = 12 - done.posts
  process.kill(victim!.pid, 'SIGKILL')
  const answers = await Promise.all(ask)
  for (const { read, add } of answers) t.same([read.status, add.status], [200, 200])
  const lost = answers.filter(({ post }) => post.body.code !== 'cart_empty')
  t.ok(open > 0, 'some were at the node that died')
  t.equal(lost.length, open, 'and no other node executed them')
  for (const { post } of lost)
    t.match(post, { status: 503, body: { code: 'overloaded' }, headers: { 'retry-after': '1' } })
  await until('a new node', () => here.stack().nodes[0]!.pid !== victim!.pid)
  await isBack(victim!)
})

t.test('the proxy serves others while hundreds of clients send too slowly', async (t) => {
  const slow = await Promise.all(Array.from({ length: long ? 1000 : 200 }, slowly))
  const began = performance.now()
  const answers = await Promise.all(Array.from({ length: 20 }, () => list()))
  for (const { status, ms } of answers) t.ok(status === 200 && ms < 3_000, `${status} in ${ms} ms`)
  const ended = until(
    'the proxy to close the slow connections',
    () => slow.every(({ closed }) => closed),
    15_000
  )
  await ended.catch((err: Error) => t.fail(err.message))
  t.ok(performance.now() - began < 15_000)
  for (const { destroy } of slow) destroy()
})

t.test('npm run restart restarts all nodes while they sell, and no request fails', async (t) => {
  const before = here.stack().nodes.map(({ pid }) => pid)
  const reads = steadily(long ? 100 : 40, () => list())
  const checkouts = steadily(long ? 10 : 5, () => buy())
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/restart.ts'], {
    cwd: root,
    env: { ...process.env, HOLDFAST_DATA: here.data }
  })
  t.match(stdout, /node1 was restarted.*node2 was restarted.*all nodes were restarted/s)
  const failed = (await reads.end()).filter(({ status }) => status !== 200)
  const unsold = (await checkouts.end()).filter(({ status }) => status !== 201)
  t.same(failed.map(inShort), [])
  t.same(unsold.map(inShort), [])
  const after = here.stack().nodes.map(({ pid }) => pid)
  t.notOk(after.some((pid) => before.includes(pid)))
  t.same(out(), [])
})

t.test('an address may check out again every 6 s', async (t) => {
  await sleep(Math.max(0, 12_100 - (performance.now() - spent)))
  t.same([(await buy(spender)).status, (await buy(spender)).status], [201, 201])
})

t.test(
  'the proxy speaks HTTPS, closes the admin routes, and keeps an address at its node',
  async (t) => {
    await supervisor.stop('SIGTERM')
    const tls = `${await choosePort()}`
    await here.start({
      ...limits,
      HOLDFAST_TLS: 'yes',
      HOLDFAST_TLS_PORT: tls,
      HOLDFAST_BALANCE: 'ip_hash',
      HOLDFAST_ADMIN_FROM: 'none'
    })
    t.equal(here.stack().url, `https://127.0.0.1:${tls}`)
    const moved = await visit(`http://127.0.0.1:${here.door}/api/v1/cart?x=1`, { method: 'POST' })
    t.match(moved, {
      status: 308,
      headers: { location: `https://127.0.0.1:${tls}/api/v1/cart?x=1` }
    })

    const ca = readFileSync(path.join(here.data, 'tls/certificate.pem'))
    const session = connectHttp2(`https://127.0.0.1:${tls}`, { ca })
    t.teardown(() => session.destroy())
    const send = (headers: Record<string, string>, body = '') =>
      new Promise<Record<string, unknown>>((resolve, reject) => {
        session.once('error', reject)
        const stream = session.request(headers, { endStream: body === '' })
        stream.once('error', reject)
        stream.once('response', resolve)
        stream.resume()
        if (body !== '') stream.end(body)
      })
    const get = (at: string) => send({ ':path': at })
    const seen = await get('/api/v1/products?limit=1')
    t.match(seen, { ':status': 200, 'strict-transport-security': 'max-age=31536000' })
    const listed = await fetch(
      `${here.stack().nodes[0]!.url}/api/v1/products?in_stock=true&limit=1`
    )
    const { products } = (await listed.json()) as { products: { id: string }[] }
    const add = {
      ':method': 'POST',
      ':path': '/api/v1/cart/items',
      'content-type': 'application/json'
    }
    const added = await send(add, JSON.stringify({ product_id: products[0]!.id, quantity: 1 }))
    t.match(String(added['set-cookie']), /; Secure/)
    t.equal((await get('/api/v1/admin/invariants'))[':status'], 404)
    for (let n = 0; n < 12; n++) await get('/api/v1/categories')
    await until('the lines in the log', () => nodesAsked('/categories').length === 12)
    t.equal(new Set(nodesAsked('/categories')).size, 1)
  }
)

const inShort = ({ status, body, ms }: Visit) => [status, body, ms]

/** The nodes that the proxy leaves out. */
const out = () =>
  readdirSync(path.join(log, 'nginx-out')).map((name) => {
    const { port } = here.stack().nodes[Number(/\d+/.exec(name))]!
    return `127.0.0.1:${port}`
  })

/** Waits until a node is ready, and until the proxy uses it, 6 s later at most. */
async function isBack(node: { url: string; port: number }) {
  const ready = async () => (await visit(`${node.url}/health/ready`)).status === 200
  await until('its readiness', ready, 30_000)
  await until('the proxy to use it again', () => out().length === 0, 6_000)
  await served(node.port)
}

/** Waits until the proxy sends a request to this node. */
async function served(port: number) {
  await until('a request at the node', async () => {
    const { headers } = await list()
    const line = lineOf(String(headers['x-request-id']))
    return line?.node === `127.0.0.1:${port}`
  })
}

type Line = { request_id: string; request: string; from: string; node: string }

const lines = () =>
  ['nginx-access.log', 'nginx-refused.log']
    .flatMap((name) => readFileSync(path.join(log, name), 'utf8').split('\n'))
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line)

const lineOf = (id: string) => lines().find(({ request_id }) => request_id === id)

const nodesAsked = (what: string) =>
  lines()
    .filter(({ request }) => request.includes(`${what} HTTP/2`))
    .map(({ node }) => node)

function buy(from?: string) {
  return visit(`${api}/checkout`, {
    method: 'POST',
    headers: { 'idempotency-key': randomUUID() },
    body: { email: 'ada@example.com', items: [{ product_id: tea.id, quantity: 1 }] },
    ...(from && { from })
  })
}

function addToCart() {
  return visit(`${api}/cart/items`, { method: 'POST', body: { product_id: tea.id, quantity: 1 } })
}

/** A checkout without a key, of an empty cart. */
function buyNothing() {
  return visit(`${api}/checkout`, { method: 'POST', body: { email: 'ada@example.com' } })
}

async function restock(quantity: number) {
  const { status } = await visit(`${api}/admin/inventory/${tea.id}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${here.stack().admin_key}` },
    body: { quantity, reason: 'stocktaking' }
  })
  if (status !== 200) throw new Error(`the stock could not be set: ${status}`)
}

/** A client that sends a header a second and never ends its request. */
async function slowly() {
  const socket: Socket = connect({ host: '127.0.0.1', port: here.door })
  const one = { closed: false, destroy: () => void socket.destroy() }
  socket.on('error', () => {})
  socket.write('GET /api/v1/products HTTP/1.1\r\nHost: shop\r\n')
  const timer = setInterval(() => socket.write('X-Slow: yes\r\n'), 1000)
  socket.resume().once('close', () => {
    clearInterval(timer)
    one.closed = true
  })
  await new Promise((resolve) => socket.once('connect', resolve))
  return one
}

/** Requests that the proxy has accepted and not answered, without the one that reads this number. */
async function inTheProxy(): Promise<number> {
  const answer = await fetch(here.stack().nginx.status_url)
  return Number(/Writing: (\d+)/.exec(await answer.text())?.[1]) - 1
}
