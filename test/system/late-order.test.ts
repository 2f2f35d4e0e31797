import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { build, environmentOf, spawnNode, until } from '../support/build.ts'
import { assertConsistent } from '../support/assert-consistent.ts'
import { buyer, stock, unitsOf } from '../support/buyer.ts'

// A checkout whose node stands still while TX 1 waits for a lock. When the node goes on it runs TX 1 again.
const app = await build(t, { RESOLVER_INTERVAL_MS: '60000' })

t.setTimeout(60_000)
t.test(
  'a request places no order when it began more than 10 s ago, and does after 6 s',
  async (t) => {
    const [tea, cup] = (await stock(app, 5, 5)) as [string, string]
    const [late, inTime] = await Promise.all([hold(t, tea, 11_000), hold(t, cup, 6_000)])
    t.match(late, { status: 503, body: { code: 'overloaded' } }, 'its client has given up')
    t.match(late.headers['retry-after'], /^[1-9]\d*$/)
    t.equal(inTime.status, 201)
    t.same(await unitsOf(app, tea, cup), [
      [5, 0],
      [4, 0]
    ])
    await assertConsistent(t, app)
  }
)

/** Buys a product from a node that stops while TX 1 waits, and goes on so many ms after the request began. */
async function hold(t: Test, product_id: string, ms: number) {
  const { url, child } = await spawnNode(t, environmentOf(app))
  const { sql } = environmentOf(app)
  const other = await sql.connect()
  await other.query('begin')
  await other.query('select from inventory where product_id = $1 for update', [product_id])
  const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid')

  const began = performance.now()
  const answer = buyer({ url } as Parameters<typeof buyer>[0]).buy(
    [{ product_id, quantity: 1 }],
    'tok_success',
    randomUUID()
  )
  await until('TX 1 to wait for the lock', async () => {
    const waiting = 'select from pg_stat_activity where $1 = any (pg_blocking_pids(pid))'
    return (await sql.query(waiting, [rows[0]!.pid])).rowCount === 1
  })
  child.kill('SIGSTOP')
  await sleep(ms - (performance.now() - began))
  await other.query('rollback')
  other.release()
  child.kill('SIGCONT')
  return answer
}
