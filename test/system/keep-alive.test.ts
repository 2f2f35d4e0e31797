import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { root } from '../../scripts/stack/settings.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { keepAliveClients } from './keep-alive.ts'
import { place } from './running.ts'

// Clients that keep their connections while nodes come and go. A reload of NGINX would close connections under their requests.
t.setTimeout(240_000)
const here = await place(t, 2)
await here.start()
const { url, log } = here.stack()
const list = await fetch(`${url}/api/v1/products?limit=1&in_stock=true`)
const { products } = (await list.json()) as { products: [{ id: string }] }
const item = JSON.stringify({ product_id: products[0].id, quantity: 1 })
const workers = workersOfNginx()

const posting = 6
const clients = () => keepAliveClients(here.door, 24, (n) => (n < posting ? post() : get))

/** A POST that a node was working on gets no answer of it, and must not be sent to another node. */
function onlyOwnPostsFail(t: Test, replies: { status: number; request: string }[]) {
  const failed = replies.filter(({ status }) => status !== 200)
  t.ok(failed.length <= posting, `each client had one request at the node: ${failed.length}`)
  for (const { status, request } of failed)
    t.same([status, request], [503, 'POST /api/v1/cart/items'])
}

t.test('a killed node costs its own POSTs an answer, and no client a connection', async (t) => {
  const asking = clients()
  await until('some requests', () => asking.count() > 100)
  const [victim] = here.stack().nodes
  process.kill(victim!.pid, 'SIGKILL')
  await until('the node to be out', () => out().length === 1, 10_000)
  await until('the node to be back', () => here.stack().nodes[0]!.pid !== victim!.pid)
  await until('the proxy to use it again', () => out().length === 0, 30_000)
  onlyOwnPostsFail(t, await asking.end())
})

t.test('a node that hangs closes no connection, and no read fails', async (t) => {
  const asking = clients()
  await until('some requests', () => asking.count() > 100)
  const [, victim] = here.stack().nodes
  process.kill(victim!.pid, 'SIGSTOP')
  t.teardown(() => process.kill(victim!.pid, 'SIGCONT'))
  await until('the node to be out', () => out().length === 1, 10_000)
  process.kill(victim!.pid, 'SIGCONT')
  await until('the proxy to use it again', () => out().length === 0, 10_000)
  onlyOwnPostsFail(t, await asking.end())
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
    replies.filter(({ status }) => status !== 200),
    []
  )
})

t.test('NGINX was not reloaded', async (t) => {
  t.same(workersOfNginx(), workers)
})

const get = 'GET /api/v1/products?limit=1 HTTP/1.1\r\nHost: shop\r\n\r\n'

/** Each into a cart of its own, which cannot become too large. */
const post = () =>
  `POST /api/v1/cart/items HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n` +
  `X-Session-ID: ${randomUUID()}\r\nContent-Length: ${item.length}\r\n\r\n${item}`

const out = () => readdirSync(path.join(log, 'nginx-out'))

/** Their pids change with every reload. */
function workersOfNginx() {
  const { pid } = here.stack().nginx
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
}
