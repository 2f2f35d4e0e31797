import t from 'tap'
import { buyer, stock, unitsOf } from '../../support/buyer.ts'
import { build, spawnNode, until, environmentOf } from '../../support/build.ts'
import { connected } from '../../../scripts/stack/postgres/cluster.ts'
import { consistently } from '../../support/assert-consistent.ts'

// Two nodes that resolve. The requests that die belong to other nodes.
const app = await build(t, { RESOLVER_INTERVAL_MS: '30' })
await build(t, { RESOLVER_INTERVAL_MS: '30' }, { like: app })
const { primaryUrl, sql } = environmentOf(app)
const test = consistently(t, app)

const count = async (query: string): Promise<number> => (await sql.query(query)).rows[0].count

/** Makes every open payment due now. */
const hurry = () => sql.query('update payments set check_at = now() where check_at > now()')

test('the resolver cancels the orders of a node that died before its charges', async (t) => {
  const node = await spawnNode(t, environmentOf(app), {
    RESOLVER_INTERVAL_MS: '60000',
    PAYMENT_TIMEOUT_MS: '1000',
    PAYMENT_LEASE_MS: '1000',
    PROVIDER_LATENCY_MS: '900'
  })
  const [tea] = await stock(app, 8)
  const buyers = Array.from({ length: 8 }, () => buyer(node))
  const lost = Promise.allSettled(buyers.map((ada) => ada.buy([{ product_id: tea!, quantity: 1 }])))
  await until(
    'eight orders',
    async () => (await count(`select count(*)::int from orders where status = 'pending'`)) === 8
  )
  await node.kill()
  for (const { status } of await lost) t.equal(status, 'rejected')
  t.same(await unitsOf(app, tea!), [[0, 8]])

  await until(
    'every order to end',
    async () => (await count(`select count(*)::int from orders where status = 'pending'`)) === 0
  )
  for (const ada of buyers)
    t.match(await ada.at(app).orders(), [{ status: 'cancelled', cancel_reason: 'payment_failed' }])
  t.same(await unitsOf(app, tea!), [[8, 0]])
})

test('the resolver confirms an order that a node had charged when it died, and clears its cart', async (t) => {
  const node = await spawnNode(t, environmentOf(app), {
    RESOLVER_INTERVAL_MS: '60000',
    PROVIDER_LATENCY_MS: '1000'
  })
  const [tea] = await stock(app, 5)
  const ada = buyer(node)
  await ada.add(tea!, 2)

  // A lock on the order's row delays TX 2, but not the charge.
  await connected(primaryUrl, async (holder) => {
    const lost = ada.checkout().catch(() => 'lost')
    const [order] = await until('the order', async () => {
      const orders = await ada.at(app).orders()
      return orders.length > 0 && orders
    })
    await holder.query('begin')
    await holder.query('select from orders where id = $1 for no key update', [order!.id])
    await until('the charge', () => app.payments.find(order!.payment.id))
    await node.kill()
    t.equal(await lost, 'lost')
    // A waiting statement survives its node.
    await sql.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
      [`holdfast:${new URL(node.url).port}`]
    )
    await holder.query('rollback')
    await hurry()
    await until(
      'the order to be confirmed',
      async () => (await ada.at(app).order(order!.id)).body.status === 'confirmed'
    )
  })
  await until('the cart to be cleared', async () => {
    const { body } = await ada.at(app).cart()
    return body.items.length === 0
  })
  t.same(await unitsOf(app, tea!), [[3, 0]])
})

test('the resolver ends every unknown outcome once, on any number of nodes', async (t) => {
  const [tea] = await stock(app, 60)
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, n) =>
      buyer(app).buy([{ product_id: tea!, quantity: 1 }], n % 2 ? 'tok_timeout' : 'tok_error')
    )
  )
  for (const { status } of answers) t.equal(status, 202)
  await hurry()
  await until('every order to end', async () => (await unitsOf(app, tea!))[0]![1] === 0)
  t.same(await unitsOf(app, tea!), [[40, 0]])
})

test('the resolver refunds once, though answers are lost', async (t) => {
  const lossy = await build(
    t,
    { RESOLVER_INTERVAL_MS: '30', PROVIDER_LOST_RESPONSES: '0.7' },
    { like: app }
  )
  const [tea] = await stock(app, 60)
  const buyers = Array.from({ length: 30 }, () => buyer(app))
  await Promise.all(
    buyers.map(async (ada) => {
      const { body } = await ada.buy([{ product_id: tea!, quantity: 2 }])
      t.equal((await ada.at(lossy).cancel(body.id)).status, 200)
    })
  )
  await until('the refunds', async () => {
    await hurry()
    return (await count(`select count(*)::int from refunds where status = 'pending'`)) === 0
  })
  const made = `select count(*)::int from refunds where status = 'succeeded'`
  t.equal(await count(made), buyers.length, 'the provider refuses none of them')
  t.same(await unitsOf(app, tea!), [[60, 0]])
})

test('the resolver keeps an order pending while the provider is unreachable', async (t) => {
  const silent = await build(
    t,
    { PROVIDER_LATENCY_MS: '60000', PAYMENT_TIMEOUT_MS: '100', RESOLVER_INTERVAL_MS: '20' },
    // A shop of its own: no other node resolves.
    {}
  )
  const [tea] = await stock(silent, 5)
  const ada = buyer(silent)
  const { body: order, status } = await ada.buy([{ product_id: tea!, quantity: 1 }])
  t.equal(status, 202)
  const { sql: itsSql } = environmentOf(silent)
  await until('three attempts without an answer', async () => {
    await itsSql.query('update payments set check_at = now()')
    const { rows } = await itsSql.query('select attempts from payments')
    return rows[0].attempts >= 3
  })
  t.match((await ada.order(order.id)).body, { status: 'pending', payment: { status: 'unknown' } })
  t.same(await unitsOf(silent, tea!), [[4, 1]])

  await silent.close()
  const answering = await build(t, { RESOLVER_INTERVAL_MS: '20' }, { like: silent })
  await itsSql.query('update payments set check_at = now()')
  await until(
    'the order to end',
    async () => (await ada.at(answering).order(order.id)).body.cancelled_at
  )
  t.same(await unitsOf(answering, tea!), [[5, 0]])
})

test('the resolver stops with its node, during its work', async (t) => {
  const node = await build(
    t,
    { RESOLVER_INTERVAL_MS: '10', PROVIDER_LATENCY_MS: '300', PAYMENT_TIMEOUT_MS: '2000' },
    { like: app }
  )
  const [tea] = await stock(app, 5)
  await buyer(app).buy([{ product_id: tea!, quantity: 1 }], 'tok_error')
  await hurry()
  await node.close()
  await until('the order to end', async () => (await unitsOf(app, tea!))[0]![0] === 5)
})
