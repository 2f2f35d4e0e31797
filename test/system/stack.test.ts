import { randomUUID } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { Redis } from 'ioredis'
import { Client } from 'pg'
import t from 'tap'
import { isFree } from '../../scripts/stack/supervisor/ports.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { isRunning, pids, place, type StackFile } from './running.ts'

// `npm start` itself, from the first start on an empty folder to the last stop. The steps build on each other.
t.setTimeout(300_000)
const here = await place(t, 2)
let supervisor = await here.start()

t.test('stack.json names every process that npm start runs', async (t) => {
  const stack = here.stack()
  t.equal(statSync(here.file).mode & 0o777, 0o600)
  t.match(stack, {
    url: `http://127.0.0.1:${here.door}`,
    admin_key: /^.{32,}$/,
    nodes: [{ port: Number, pid: Number, url: /^http:/ }, { url: /^http:/ }],
    nginx: { port: here.door, pid: Number },
    redis: { url: /^redis:/, pid: Number },
    postgres: {
      primary: { url: /^postgres:/, admin_url: /^postgres:/, pid: Number },
      replicas: [{}, {}]
    },
    log: String
  })
  t.ok(pids(stack).every(isRunning))
  t.match(await json(`${stack.url}/health/ready`), { status: 'ready' })
  t.equal((await products(stack)).page.total, 25)
})

t.test('both replicas follow the primary, and refuse what a node would write', async (t) => {
  const { primary, replicas } = here.stack().postgres
  const slug = `mugs-${randomUUID()}`
  const insert = `insert into categories (id, slug, name) values (gen_random_uuid(), '${slug}', 'Mugs')`
  await query(primary.url, insert)
  const find = `select from categories where slug = '${slug}'`
  for (const { url, admin_url } of replicas) {
    await until('the row', async () => (await query(url, find)).rowCount, 5_000)
    const { rows } = await query(admin_url, 'select subbinary from pg_subscription')
    t.same(rows, [{ subbinary: true }])
    await t.rejects(query(url, insert), { code: '25006' }, 'read only by default')
    await t.rejects(query(url, `set default_transaction_read_only = off; ${insert}`), {
      code: /25006|42501/
    })
    await t.rejects(
      query(url, `begin read write; ${insert}`),
      { code: '42501' },
      'and by its grants'
    )
  }
})

t.test('the proxy answers errors in the form of the nodes', async (t) => {
  const { url } = here.stack()
  const problem = async (answer: Response) => {
    t.match(answer.headers.get('content-type'), /^application\/problem\+json/)
    return (await answer.json()) as { status: number; code: string }
  }
  for (const closed of ['metrics', 'ops', 'ops/metrics'])
    t.match(await problem(await fetch(`${url}/${closed}`)), { status: 404, code: 'not_found' })
  t.match(await problem(await fetch(`${url}/nothing`)), { status: 404, code: 'not_found' })
  t.match(await problem(await fetch(`${url}/%zz`)), { status: 400, code: 'validation_failed' })
  const large = { method: 'POST', body: 'x'.repeat(2_000_000) }
  t.match(await problem(await fetch(`${url}/api/v1/cart/items`, large)), {
    status: 413,
    code: 'payload_too_large'
  })
})

t.test(
  'the supervisor restarts each process that dies, on its port and with its data',
  async (t) => {
    const before = here.stack()
    await redis(before, (client) => client.set('kept', 'yes'))
    const old = dying(before)
    for (const pid of old) process.kill(pid, 'SIGKILL')
    await until('new processes', () =>
      dying(here.stack()).every((pid, index) => pid !== old[index] && isRunning(pid))
    )
    await until(
      'readiness',
      async () => (await json(`${before.url}/health/ready`)).status === 'ready',
      30_000
    )

    const after = here.stack()
    t.same(
      {
        ...after,
        nodes: 0,
        nginx: 0,
        redis: after.redis.url,
        postgres: after.postgres.primary.url
      },
      {
        ...before,
        nodes: 0,
        nginx: 0,
        redis: before.redis.url,
        postgres: before.postgres.primary.url
      }
    )
    t.equal((await products(after)).page.total, 25)
    t.equal(await redis(after, (client) => client.get('kept')), 'yes')
  }
)

t.test('a second npm start says in one line that the folder is in use', async (t) => {
  const second = await here.start({ ready: false })
  await second.exited
  t.equal(second.child.exitCode, 1)
  t.match(
    second.said(),
    /^holdfast: .* is in use by process \d+: stop that one, or set HOLDFAST_DATA.*\n$/
  )
})

t.test(
  'the servers end with a supervisor that was killed, and the next npm start has their data',
  async (t) => {
    const before = here.stack()
    await supervisor.stop('SIGKILL')
    if (process.platform === 'linux')
      await until('the end of all servers', () => !pids(before).some(isRunning))
    supervisor = await here.start()
    const after = here.stack()
    t.equal(after.admin_key, before.admin_key)
    t.equal(after.postgres.primary.url, before.postgres.primary.url)
    t.equal((await products(after)).page.total, 25)
  }
)

t.test('npm start works after every process was killed at once', async (t) => {
  const before = here.stack()
  for (const pid of [supervisor.child.pid!, ...pids(before)]) process.kill(pid, 'SIGKILL')
  await supervisor.exited
  supervisor = await here.start()
  t.equal((await products(here.stack())).page.total, 25)
})

t.test('SIGTERM stops everything and leaves the data', async (t) => {
  const before = here.stack()
  t.equal(await supervisor.stop('SIGTERM'), 0)
  t.notOk(pids(before).some(isRunning))
  t.ok(await isFree(here.door))
  t.notOk(existsSync(here.file))
  t.ok(existsSync(before.postgres.primary.data))
})

function dying({ nodes, nginx, redis: cache, postgres }: StackFile): number[] {
  return [nodes[0]!, nginx, cache, postgres.primary, postgres.replicas[1]!].map(({ pid }) => pid)
}

async function query(url: string, text: string) {
  const client = new Client(url)
  client.on('error', () => {})
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}

async function redis<T>(stack: StackFile, ask: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(stack.redis.url)
  try {
    return await ask(client)
  } finally {
    client.disconnect()
  }
}

async function json<T = { status: string }>(url: string): Promise<T> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) })
  return (await answer.json()) as T
}

const products = ({ url }: StackFile) => json<{ page: { total: number } }>(`${url}/api/v1/products`)
