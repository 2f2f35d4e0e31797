import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { resync } from '../../scripts/stack/postgres/resync.ts'
import { noLsn } from '../../plugins/storage/lsn.ts'
import { connected } from '../../scripts/stack/postgres/cluster.ts'
import { caughtUp } from '../../scripts/stack/postgres/replication.ts'
import type { Order } from '../../routes/orders/schema.ts'
import { buyer, stock } from '../support/buyer.ts'
import { build, until, environmentOf } from '../support/build.ts'

const node = await build(t, {}, { replica: 2 })
const { name, primaryUrl, replicaUrls } = environmentOf(node)
const [admin_url] = replicaUrls as [string]
const [replica] = node.replicas.all
const [tea] = await stock(node, 1000)

/** A buyer with one order, and a look whether the order is listed. */
async function customer() {
  const one = buyer(node)
  const order = await one.buy([{ product_id: tea!, quantity: 1 }])
  const look = async (wrong: unknown[]) => {
    const orders: Order[] | undefined = await one.orders()
    if (!orders?.some(({ id }) => id === order.body.id)) wrong.push(orders)
  }
  return { order, look }
}

t.test('no buyer misses an order or is refused while a replica is rebuilt', async (t) => {
  const before = await Promise.all(Array.from({ length: 8 }, customer))
  await Promise.all(replicaUrls.map((url) => caughtUp(primaryUrl, url)))
  await until('both replicas to serve', () =>
    node.replicas.all.every(({ health }) => health.state === 'healthy')
  )
  await connected(admin_url, (client) =>
    client.query(
      `insert into categories (id, slug, name) values (gen_random_uuid(), 'stray', 'Stray')`
    )
  )

  const over = new AbortController()
  const wrong: unknown[] = []
  let looks = 0
  const load = [
    ...before.map(async ({ look }) => {
      for (; !over.signal.aborted; looks++) {
        await look(wrong)
        await sleep(2)
      }
    }),
    (async () => {
      // The query of a catalog page on a cache miss: an empty page would be cached for half an hour.
      while (!over.signal.aborted) {
        const found = await node.readAt(noLsn, (db) =>
          db.selectFrom('products').select('id').execute()
        )
        if (found.length !== 1) wrong.push(found)
        await sleep(1)
      }
    })(),
    (async () => {
      while (!over.signal.aborted) {
        const { order, look } = await customer()
        if (order.status !== 201) wrong.push(order)
        await look(wrong)
        await sleep(20)
      }
    })()
  ]
  await sleep(100)
  await resync(primaryUrl, { admin_url, name })
  await until('it to serve again', () => replica!.health.state === 'healthy')
  over.abort()
  await Promise.all(load)
  t.same(wrong.slice(0, 3), [], `of ${looks} looks`)

  const stray = await connected(admin_url, (client) =>
    client.query(`select from categories where slug = 'stray'`)
  )
  t.equal(stray.rowCount, 0)
  const findings = await node.checkInvariants(true)
  t.match(
    findings.find((finding) => finding.name === 'replicas-agree'),
    { violations: 0, checked: true }
  )
})

t.test('npm run replica:resync completes after an interruption', async (t) => {
  await connected(admin_url, async (client) => {
    await client.query(`alter database ${name} connection limit 0`)
    await client.query(`alter subscription ${name} disable`)
    await client.query('truncate categories cascade')
  })
  await until('it to be out', () => replica!.health.state === 'ejected')
  await resync(primaryUrl, { admin_url, name })
  await until('it to serve again', () => replica!.health.state === 'healthy')
  const { rows } = await connected(admin_url, (client) =>
    client.query(`select datconnlimit from pg_database where datname = '${name}'`)
  )
  t.same(rows, [{ datconnlimit: -1 }])
})
