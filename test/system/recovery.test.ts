import { randomUUID } from 'node:crypto'
import t from 'tap'
import { openSystem } from '../../scripts/drill/system.ts'
import { invariants } from '../../scripts/prove/invariants.ts'
import { client } from '../../scripts/prove/client.ts'
import { newHistory } from '../../scripts/prove/history.ts'
import { connected } from '../../scripts/stack/postgres/cluster.ts'
import { caughtUp } from '../../scripts/stack/postgres/replication.ts'
import { askRedis } from '../../scripts/stack/redis.ts'
import { place } from './running.ts'

// What an operator does when something went wrong, to a system of `npm start`. The steps build on each other.
t.setTimeout(300_000)
const here = await place(t, 1)
const { run, tryRun } = openSystem(here.env)
let supervisor = await here.start()
const session = randomUUID()

/** @returns the order's id, paid */
async function buy(): Promise<string> {
  const { rows } = await sql(`select product_id from inventory where quantity > 10 limit 1`)
  const items = [{ product_id: rows[0].product_id, quantity: 1 }]
  const answer = await client(here.stack().url)({
    method: 'POST',
    path: '/checkout',
    headers: { 'x-session-id': session, 'idempotency-key': randomUUID() },
    body: { email: 'ada@example.com', items }
  })
  if (answer?.status !== 201) throw new Error(`not sold: ${JSON.stringify(answer?.body)}`)
  return answer.body.id!
}

async function look(id: string): Promise<number | undefined> {
  const headers = { 'x-session-id': session }
  const question = { method: 'GET', path: `/orders/${id}`, headers } as const
  return (await client(here.stack().url)(question))?.status
}

const sql = (text: string, url = here.stack().postgres.primary.admin_url) =>
  connected(url, (primary) => primary.query(text))
const epoch = async () => (await sql('select epoch from cluster')).rows[0].epoch as string

async function violations() {
  const { url, admin_key } = here.stack()
  const all = await invariants(newHistory(client(url)), admin_key)
  return all.filter((one) => one.violations > 0 || one.checked === false)
}

const shown = async (url: string, names: string[]) => {
  const columns = names.map((name) => `current_setting('${name}')`)
  const { rows } = await connected(url, (server) =>
    server.query<string[]>({ text: `select ${columns.join()}`, rowMode: 'array' })
  )
  return rows[0]
}

t.test(
  'PostgreSQL and Redis are sized by the memory that counts, and lose no commit',
  async (t) => {
    const { postgres, redis } = here.stack()
    const sizes = ['shared_buffers', 'effective_cache_size', 'max_wal_size', 'max_connections']
    const { primary, replicas } = postgres
    t.same(await shown(primary.admin_url, sizes), ['128MB', '256MB', '1GB', '200'])
    t.same(await shown(replicas[0]!.admin_url, sizes), ['64MB', '128MB', '1GB', '200'])
    const commits = ['fsync', 'synchronous_commit', 'full_page_writes']
    t.same(await shown(primary.admin_url, commits), ['on', 'on', 'on'])
    const limit = await askRedis(redis.url, (asked) => asked.config('GET', 'maxmemory'))
    t.same(limit, ['maxmemory', `${128 * 2 ** 20}`])
  }
)

t.test('npm run restore brings the system back to the moment before a mistake', async (t) => {
  const order = await buy()
  t.match(await run('backup.ts'), /: \d+\.\d MiB, verified, /)
  const later = await buy()
  const before = await epoch()
  const prices = 'select sum(price)::text as sum from products'
  const right = (await sql(prices)).rows
  const at = (await sql('select clock_timestamp() as now')).rows[0].now as Date
  await sql('update products set price = 1')

  t.match(await tryRun('restore.ts', '--at', 'latest'), {
    ok: false,
    said: /^restore: the system in .+ is running \(process \d+\): say --stop to stop it$/
  })
  t.match(await tryRun('restore.ts', '--at', '2020-01-01', '--stop'), {
    ok: false,
    said: /^restore: the oldest backup is of /
  })
  await supervisor.exited
  t.match(await tryRun('restore.ts', '--at', '2100-01-01'), {
    ok: false,
    said: /^restore: the log ends before 2100-01-01T00:00:00.000Z: say --at latest$/m
  })
  t.match(await run('restore.ts', '--at', at.toISOString()), /^restored to /m)
  supervisor = await here.start()
  t.same((await sql(prices)).rows, right)
  t.same([await look(order), await look(later)], [200, 200], 'also what came after the backup')
  t.ok((await epoch()) > before, 'another life')
  t.match(await run('reconcile.ts'), /: 0 differ, 0 of them are left$/)
})

t.test('a replica becomes the primary, and the charges of lost orders are refunded', async (t) => {
  const { primary, replicas } = here.stack().postgres
  const [first, second] = replicas.map(({ admin_url }) => admin_url) as [string, string]
  const before = await epoch()
  await sql('alter subscription replica1 disable', first)
  const kept = await buy()
  await caughtUp(primary.admin_url, second)
  await sql('alter subscription replica2 disable', second)
  const lost = await buy()

  t.match(await tryRun('promote.ts', '1', '--stop'), {
    ok: false,
    said: /^promote: replica 2 has \d+ bytes more than replica 1: promote that one, or say --anyway$/
  })
  await supervisor.exited
  const said = await run('promote.ts', '2')
  const words = /reconcile -- (.+)/.exec(said)![1]!.split(' ')
  await here.start()
  t.ok((await epoch()) > before, 'another life')
  t.same([await look(kept), await look(lost)], [200, 404])
  t.match(
    await run('reconcile.ts', ...words, '--give-back', '1'),
    /^unknown +refunded +payment [^\n]+\n[^\n]+ 0 of them/
  )

  const bought = await buy()
  for (const { admin_url } of here.stack().postgres.replicas) {
    await caughtUp(here.stack().postgres.primary.admin_url, admin_url)
    t.equal((await sql(`select from orders where id = '${bought}'`, admin_url)).rowCount, 1)
  }
  t.same(await violations(), [])
})
