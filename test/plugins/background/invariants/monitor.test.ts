import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { connected } from '../../../../scripts/stack/postgres/cluster.ts'
import { stock } from '../../../support/buyer.ts'
import { build, until, environment, environmentOf } from '../../../support/build.ts'

const soon = { INVARIANTS_DELAY_SECONDS: '1' }

/** The gauge of the invariant that is broken here; undefined: it was not checked yet. */
async function violations(node: FastifyInstance) {
  const gauge = node.metrics.registry.getSingleMetric('holdfast_invariant_violations')!
  const { values } = await gauge.get()
  return values.find(({ labels }) => labels.name === 'stock-equals-ledger')?.value
}

t.test('a node checks the invariants soon after its start', async (t) => {
  const app = await build(t, soon)
  t.equal(await violations(app), undefined)
  t.ok(await until('the first check', async () => (await violations(app)) === 0, 10_000))
})

t.test('a node repeats the check at its interval', async (t) => {
  const app = await build(t, { INVARIANTS_INTERVAL_SECONDS: '1' })
  await stock(app, 10)
  const { sql } = environmentOf(app)
  const sees = (count: number) =>
    until(`${count} violations`, async () => (await violations(app)) === count, 10_000)
  await sql.query('update inventory set quantity = quantity + 1')
  t.ok(await sees(1))
  await sql.query('update inventory set quantity = quantity - 1')
  t.ok(await sees(0))
})

t.test('a node that finds another node checking tries again later', async (t) => {
  const home = await environment(t)
  const app = await connected(home.primaryUrl, async (other) => {
    await other.query(`select pg_advisory_lock(hashtext('holdfast invariants'))`)
    const node = await build(t, soon, { like: home })
    await wait(2500)
    t.equal(await violations(node), undefined)
    return node
  })
  t.ok(await until('its turn', async () => (await violations(app)) === 0, 10_000))
})
