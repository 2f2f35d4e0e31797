import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Pool, PoolClient } from 'pg'
import t from 'tap'
import { currentLsn } from '../../../plugins/storage/lsn.ts'
import { addShelf, buy, call } from '../../routes/shop.ts'
import { build, environmentOf, until } from '../../support/build.ts'
import { busy, emptied } from '../background/outbox/support.ts'
import { onReplica, served, trustSessions } from './replicas/support.ts'

const app = await build(t, busy, { replica: 1 })
const off = await build(t, { ...busy, PREPARED_STATEMENTS: 'off' }, { like: app })
await trustSessions(app)
const { products } = await addShelf(app, 'shelf', ['mug', 'cup', 'pot'])
const [mug, cup, pot] = products.map(({ id }) => id) as [string, string, string]

t.test('the connections of a node keep few statements, whatever clients ask', async (t) => {
  await Promise.all([shop(app), shop(app), shop(app)])
  await until('a replica to serve orders', async () => (await readOnReplica()) === 1)
  for (const [name, texts] of await statementsOf(app)) {
    t.ok(texts.length > 0, `${name} keeps statements`)
    t.ok(new Set(texts).size <= 40, `${name} keeps ${new Set(texts).size} statements`)
    t.same(texts.filter(isSearch), [], `${name} plans searches each time`)
    t.same(
      texts.filter((text) => /\*\s+from/.test(text)),
      [],
      `${name} names the columns`
    )
  }
})

t.test(
  'a prepared statement reads no table from end to end, however few rows it has',
  async (t) => {
    await shop(app)
    await onConnections(app, async (client, pool) => {
      const { rows } = await client.query<{ name: string; statement: string; values: number }>(
        'select name, statement, cardinality(parameter_types) as values from pg_prepared_statements'
      )
      await client.query('set plan_cache_mode = force_generic_plan')
      for (const row of rows) {
        const values = row.values
          ? `(${Array.from({ length: row.values }, () => 'null').join()})`
          : ''
        const plan = await client.query<{ 'QUERY PLAN': string }>(
          `explain execute ${row.name} ${values}`
        )
        const scanned = plan.rows.flatMap(
          (line) => /Seq Scan on (\w+)/.exec(line['QUERY PLAN'])?.[1] ?? []
        )
        t.same(
          scanned.filter((table) => !small.test(table)),
          [],
          `${pool}: ${row.statement}`
        )
      }
      await client.query('reset plan_cache_mode')
    })
  }
)

t.test('with PREPARED_STATEMENTS=off no connection keeps a statement', async (t) => {
  await trustSessions(off)
  await shop(off)
  for (const [name, texts] of await statementsOf(off)) t.same(texts, [], name)
})

t.test('a node whose connections have forgotten its statements answers as before', async (t) => {
  const before = await shop(app)
  await onConnections(app, (client) => client.query('deallocate all'))
  t.same(await shop(app), before)
  const probe = app.replicas.all[0]!
  await probe.probe()
  t.equal(probe.health.state, 'healthy')
})

t.test('a migration changes no answer of a node that runs', async (t) => {
  const before = await shop(app)
  const orders = await ordersOf(app)
  for (const change of [
    'alter table orders add column spare int',
    'alter table orders alter column email type varchar(400)',
    'alter table order_items alter column name type varchar(400)',
    'alter table products alter column image_url type varchar(4000)'
  ]) {
    await environmentOf(app).sql.query(change)
    await onReplica(app, change)
    t.same(await shop(app), before, change)
    t.same(await ordersOf(app), orders, change)
  }
})

t.test('a statement in a transaction has no name, since it could not be repeated', async (t) => {
  await currentLsn(app.db)
  await onConnections(app, (client) => client.query('deallocate all'))
  const lsn = await app.db.transaction().execute((trx) => currentLsn(trx))
  t.match(lsn, /^[0-9a-f]{16}$/)
})

/** Uses a shop as guests and staff do. @returns what does not depend on the time or on earlier calls */
async function shop(node: FastifyInstance) {
  const session = randomUUID()
  const get = async (path: string) => {
    const { status, body } = await call(node, `GET /${path}`, { session })
    return { status, body }
  }
  for (const items of [1, 2, 3].map((n) => products.slice(0, n).map(({ id }) => id))) {
    for (const product_id of items) {
      const body = { product_id, quantity: 1 }
      const added = await call(node, 'POST /api/v1/cart/items', { session, body })
      if (added.status !== 200) throw new Error(added.text)
    }
    const placed = await call(node, 'POST /api/v1/checkout', {
      session,
      headers: { 'idempotency-key': randomUUID() },
      body: { email: 'ada@example.com', payment: { token: 'tok_success' } }
    })
    if (placed.status !== 201) throw new Error(placed.text)
  }
  for (const product_id of [mug, cup, pot]) {
    const body = { quantity: 1000, reason: 'count' }
    const { status } = await call(node, `PUT /api/v1/admin/inventory/${product_id}`, {
      key: true,
      body
    })
    t.equal(status, 200)
  }
  await buy(node, mug, { session, token: 'tok_decline' })
  const list = await get('api/v1/orders?limit=2')
  const id: string = list.body.orders[1].id
  const order = await get(`api/v1/orders/${id}`)
  await call(node, `POST /api/v1/orders/${id}/cancel`, { session })
  await emptied(node)
  return {
    order: withoutIds(order.body),
    page: list.body.page,
    found: [
      (await get('api/v1/products?q=mug')).body.page.total,
      (await get('api/v1/products?sort=name&limit=2')).body.page.total,
      (await get(`api/v1/products/${pot}`)).body.name,
      (await get('api/v1/products/cup')).status,
      (await get('api/v1/products/nothing')).status,
      (await get('api/v1/categories')).status,
      (await get('health/ready')).status
    ]
  }
}

const withoutIds = ({ status, email, items, total }: Record<string, unknown>) => ({
  status,
  email,
  total,
  names: (items as { name: string }[]).map(({ name }) => name)
})

const owner = randomUUID()
await buy(app, cup, { session: owner, quantity: 2 })
const ordersOf = async (node: FastifyInstance) =>
  (await call(node, 'GET /api/v1/orders', { session: owner })).body

const readOnReplica = () => served(app, 'replica1 turn', () => ordersOf(app))

/** Tables of one row, and the categories, which are all wanted. */
const small = /^(cluster|heartbeat|categories|pg_\w+)$/

const isSearch = (text: string) => /find_products|search_/.test(text)

/** The texts that the connections of each pool of a node keep. */
async function statementsOf(node: FastifyInstance) {
  const kept = new Map<string, string[]>()
  await onConnections(node, async (client, pool) => {
    const { rows } = await client.query<{ name: string; statement: string }>(
      'select name, statement from pg_prepared_statements'
    )
    t.ok(rows.every(({ name }) => /^holdfast_[0-9a-f]{24}$/.test(name)))
    kept.set(pool, [...(kept.get(pool) ?? []), ...rows.map((row) => row.statement)])
  })
  return kept
}

/** Does this on each open connection of each pool. */
async function onConnections(
  node: FastifyInstance,
  work: (client: PoolClient, pool: string) => Promise<unknown>
) {
  for (const [name, { pool }] of Object.entries(node.pg as Record<string, { pool: Pool }>)) {
    const clients = await Promise.all(Array.from({ length: pool.totalCount }, () => pool.connect()))
    for (const client of clients) await work(client, name)
    for (const client of clients) client.release()
  }
}
