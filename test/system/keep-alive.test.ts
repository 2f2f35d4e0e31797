import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { root } from '../../scripts/stack/settings.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { keepAliveClients, type Reply } from './keep-alive.ts'
import { place } from './running.ts'

// Clients that keep their connections while nodes come and go. A reload of NGINX would close connections under their requests.
t.setTimeout(240_000)
const here = await place(t, 2)
await here.start()
const { url, log, admin_key } = here.stack()
const list = await fetch(`${url}/api/v1/products?limit=1&in_stock=true`)
const { products } = (await list.json()) as { products: [{ id: string }] }
const product_id = products[0].id
const line = { product_id, quantity: 1 }
const staff = { authorization: `Bearer ${admin_key}` }
await restock()
const workers = workersOfNginx()

const buyers = Array.from({ length: 3 }, () => ({ session: randomUUID(), checkouts: 0 }))
const clients = () =>
  keepAliveClients(here.door, 24, (n) => {
    if (n < buyers.length) return checkout(buyers[n]!)
    if (n < 6) return post('cart/items', randomUUID(), line)
    return n < 8 ? cart : catalog
  })

/** A killed node may have placed the order: until its payment is resolved, a repeat is told to wait. */
function noneFails(t: Test, replies: Reply[]) {
  const failed = replies.filter(({ status }) => ![200, 201].includes(status))
  for (const { status, code, request } of failed)
    t.same([status, code, request], [409, 'checkout_in_progress', 'POST /api/v1/checkout'])
  t.ok(failed.length <= buyers.length, `${failed.length} of ${replies.length}`)
}

t.test('a killed node fails no request that counts once', async (t) => {
  const asking = clients()
  for (const n of [0, 1]) {
    const before = asking.count()
    await until('some requests', () => asking.count() > before + 100)
    const victim = here.stack().nodes[n]
    process.kill(victim!.pid, 'SIGKILL')
    await until('the node to be out', () => out().length === 1, 10_000)
    await until('the node to be back', () => here.stack().nodes[n]!.pid !== victim!.pid)
    await until('the proxy to use it again', () => out().length === 0, 30_000)
  }
  noneFails(t, await asking.end())
})

t.test('a node that hangs fails no request that counts once, before and after it', async (t) => {
  const asking = clients()
  await until('some requests', () => asking.count() > 100)
  const [, victim] = here.stack().nodes
  process.kill(victim!.pid, 'SIGSTOP')
  t.teardown(() => process.kill(victim!.pid, 'SIGCONT'))
  const began = performance.now()
  await until('the node to be out', () => out().length === 1, 10_000)
  // Longer than the proxy waits for an answer. A node that hangs shorter answers 503 for its own time-outs.
  await until('the second tries', () => performance.now() - began > 8500)
  process.kill(victim!.pid, 'SIGCONT')
  await until('the proxy to use it again', () => out().length === 0, 10_000)
  noneFails(t, await asking.end())
})

t.test('npm run restart fails no request of a client that keeps its connection', async (t) => {
  const asking = clients()
  await promisify(execFile)(process.execPath, ['scripts/restart.ts'], {
    cwd: root,
    env: { ...process.env, HOLDFAST_DATA: here.data }
  })
  const replies = await asking.end()
  t.ok(replies.length > 500)
  t.same(
    replies.filter(({ status }) => ![200, 201].includes(status)),
    []
  )
})

t.test('each checkout was one order, and each order was charged once', async (t) => {
  for (const { session, checkouts } of buyers) {
    const headers = { 'x-session-id': session }
    const answer = await fetch(`${url}/api/v1/orders?limit=1`, { headers })
    const { page } = (await answer.json()) as { page: { total: number } }
    t.equal(page.total, checkouts)
  }
  const answer = await fetch(`${url}/api/v1/admin/invariants?deep=true`, { headers: staff })
  t.match(await answer.json(), { holds: true })
})

t.test('NGINX was not reloaded', async (t) => {
  t.same(workersOfNginx(), workers)
})

const catalog = 'GET /api/v1/products?limit=1 HTTP/1.1\r\nHost: shop\r\n\r\n'
const cart = `GET /api/v1/cart HTTP/1.1\r\nHost: shop\r\nX-Session-ID: ${randomUUID()}\r\n\r\n`

function checkout(buyer: (typeof buyers)[number]) {
  buyer.checkouts++
  const body = { email: 'ada@example.com', items: [line] }
  return post('checkout', buyer.session, body, `Idempotency-Key: ${randomUUID()}\r\n`)
}

function post(route: string, session: string, content: object, header = '') {
  const body = JSON.stringify(content)
  return (
    `POST /api/v1/${route} HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n${header}` +
    `X-Session-ID: ${session}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  )
}

async function restock() {
  const answer = await fetch(`${url}/api/v1/admin/inventory/${product_id}`, {
    method: 'PUT',
    headers: { ...staff, 'content-type': 'application/json' },
    body: JSON.stringify({ quantity: 1_000_000, reason: 'stocktaking' })
  })
  if (!answer.ok) throw new Error(`the stock could not be set: ${answer.status}`)
}

const out = () => readdirSync(path.join(log, 'nginx-out'))

/** Their pids change with every reload. */
function workersOfNginx() {
  const { pid } = here.stack().nginx
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
}
