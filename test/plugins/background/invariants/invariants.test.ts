import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { connected } from '../../../../scripts/stack/postgres/cluster.ts'
import { cutOff } from '../../../support/cut-off.ts'
import { buyer, stock } from '../../../support/buyer.ts'
import { changeLedger } from '../../../support/ledger.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { newCharge, originOf } from '../../../contracts/charges.ts'

// Invariants between PostgreSQL and the other servers: each test breaks one, and the check must see it.
const quiet = { RESOLVER_INTERVAL_MS: '60000', RECONCILE_INTERVAL_SECONDS: '0' }

/** A shop with a replica and one order for each of these tokens, and the ids of their payments. */
async function shop(t: Test, tokens = ['tok_success', 'tok_success'], options = {}) {
  const app = await build(t, quiet, { replica: true, ...options })
  const [tea] = await stock(app, 20)
  const buyers = tokens.map(() => buyer(app))
  const answers = await Promise.all(
    tokens.map((token, at) => buyers[at]!.buy([{ product_id: tea!, quantity: 2 }], token))
  )
  const orders = answers.map(({ body }, at) => ({ ada: buyers[at]!, ...body }))
  return { app, tea: tea!, orders }
}

/** The names of the broken invariants, the rows that break them, and the finding of each by name. */
async function check(app: FastifyInstance, deep = true) {
  const findings = await app.checkInvariants(deep)
  const broken = findings.filter(({ violations }) => violations > 0)
  return {
    broken: broken.map(({ name }) => name),
    witness: broken[0]?.witnesses[0],
    of: (name: string) => findings.find((finding) => finding.name === name)!
  }
}

t.test('an untouched shop', async (t) => {
  const tokens = ['tok_success', 'tok_declined', 'tok_timeout', 'tok_error', 'tok_success']
  const { app, orders } = await shop(t, tokens)
  await orders[0]!.ada.cancel(orders[0]!.id)

  t.test('an untouched shop breaks no invariant', async (t) => {
    for (const finding of await app.checkInvariants(true))
      t.match(finding, { violations: 0, checked: true, witnesses: [] }, finding.name)
  })

  t.test('the check covers a part unless it is told to be deep', async (t) => {
    const { broken, of } = await check(app, false)
    t.same(broken, [])
    t.match(of('replicas-agree'), { checked: false, reason: /deep/ })
    for (const name of ['provider-agrees', 'gate-agrees', 'totals-add-up'])
      t.equal(of(name).checked, true, name)
  })

  t.test('the admin route answers with the same findings', async (t) => {
    const headers = { authorization: `Bearer ${environmentOf(app).env.ADMIN_API_KEY}` }
    const ask = async (query: string) =>
      (await app.inject({ url: `/api/v1/admin/invariants${query}`, headers })).json()
    const deep = await ask('?deep=true')
    t.equal(deep.holds, true)
    t.ok(deep.invariants.every(({ checked }: { checked: boolean }) => checked))
    const { holds, invariants } = await ask('')
    t.equal(holds, true, 'what was not checked breaks nothing')
    t.match(invariants.at(-1), { name: 'replicas-agree', holds: true, checked: false })
    t.equal((await ask('?deep=maybe')).code, 'validation_failed')
  })
})

t.test('the check sees what differs at the payment provider', async (t) => {
  await t.test('the check sees a charge without a payment', async (t) => {
    const { app } = await shop(t)
    const payment_id = randomUUID()
    await app.payments.charge(newCharge('tok_success', { payment_id, amount: 7, ...originOf(app) }))
    const { broken, witness } = await check(app, false)
    t.same(broken, ['provider-agrees'])
    t.match(witness, { finding: 'unknown', charge: { payment_id } })
    const { body } = await app.inject({ url: '/metrics' })
    t.match(body, /holdfast_invariant_violations{name="provider-agrees"} 1/)

    changeLedger(app, `update decisions set decided_at = decided_at - 3 * 3600000`)
    t.same((await check(app, false)).broken, [], 'a check that is not deep leaves old charges out')
    t.same((await check(app)).broken, ['provider-agrees'], 'a deep check sees old charges too')
  })

  await t.test('the check sees a payment without a charge', async (t) => {
    const { app, orders } = await shop(t)
    const { id: payment_id } = orders[0]!.payment
    changeLedger(app, `delete from decisions where payment_id = '${payment_id}'`)
    const { broken, witness } = await check(app, false)
    t.same(broken, ['provider-agrees'])
    t.match(witness, { finding: 'uncharged', payment_id, order_id: orders[0]!.id })
  })

  await t.test('the check sees a refund that no row promised', async (t) => {
    const { app, orders } = await shop(t)
    const { id: payment_id, amount } = orders[0]!.payment
    await app.payments.refund({ refund_id: randomUUID(), payment_id, ...amount })
    t.match((await check(app, false)).witness, { finding: 'refunds', charge: { payment_id } })
  })

  await t.test('the check sees a payment that was charged twice', async (t) => {
    const { app, orders } = await shop(t)
    changeLedger(
      app,
      `pragma foreign_keys = off;
       create table twice as select * from decisions;
       insert into twice select * from decisions limit 1;
       drop table decisions;
       alter table twice rename to decisions`
    )
    const { broken, witness } = await check(app, false)
    t.same(broken, ['provider-agrees'])
    t.equal(witness!.finding, 'twice')
    t.ok(orders.some(({ payment }) => payment.id === witness!.payment_id))
  })
})

t.test('the check sees what differs in the stock gate', async (t) => {
  const { app, tea } = await shop(t)
  const key = `inventory:{${tea}}`
  const wrong = {
    'another quantity': () => app.redis.hincrby(key, 'quantity', 1),
    'a version that the primary has lost': () => app.redis.hincrby(key, 'version', 1),
    'holds that are not counted': () =>
      app.redis.zadd(`inventory_lock:{${tea}}`, Date.now() + 30_000, `3:${randomUUID()}`),
    'a change that it was not told of': () =>
      environmentOf(app).sql.query('update inventory set version = version + 1')
  }
  for (const [what, tamper] of Object.entries(wrong))
    await t.test(`the check sees ${what} in the gate`, async (t) => {
      await app.redis.del(key, `inventory_lock:{${tea}}`)
      await app.reservation.refresh([tea])
      t.same((await check(app, false)).broken, [])
      await tamper()
      for (const deep of [false, true]) {
        const { broken, witness } = await check(app, deep)
        t.same(broken, ['gate-agrees'])
        t.equal(witness!.product_id, tea)
      }
    })
})

t.test('the check waits for a gate that is about to learn of a commit', async (t) => {
  const { app, tea } = await shop(t)
  await environmentOf(app).sql.query('update inventory set version = version + 1')
  const checked = check(app, false)
  setTimeout(() => app.reservation.refresh([tea]), 300)
  t.same((await checked).broken, [])
})

t.test('the check accepts old numbers of the gate after Redis was restarted', async (t) => {
  const { app, tea } = await shop(t)
  await environmentOf(app).sql.query('update inventory set version = version + 1')
  t.same((await check(app, false)).broken, ['gate-agrees'])
  await app.redis.hset(`inventory:{${tea}}`, 'at', Date.now() - 24 * 60 * 60_000)
  t.same((await check(app, false)).broken, [])
})

t.test('the check sees what differs on a replica', async (t) => {
  const { app } = await shop(t)
  t.same((await check(app)).broken, [])
  const onReplica = (statement: string) =>
    connected(environmentOf(app).replicaUrl!, async (client) => {
      await client.query('set default_transaction_read_only = off')
      await client.query('set session_replication_role = replica')
      await client.query(statement)
    })
  await onReplica(`update orders set email = 'eve@example.com' where id = (select id from orders limit 1);
                   delete from order_events where order_id = (select order_id from order_events limit 1)`)
  const { broken, of } = await check(app)
  t.same(broken, ['replicas-agree'])
  t.match(of('replicas-agree').witnesses, [
    { replica: 1, table: 'order_events' },
    { replica: 1, table: 'orders' }
  ])
})

t.test('an unreachable server leaves an invariant unchecked and not broken', async (t) => {
  const { app } = await shop(t, ['tok_success'], { redis: true })
  await cutOff(t, app, 'replica')
  const pid = environmentOf(app).redisPid()!
  process.kill(pid, 'SIGSTOP')
  t.teardown(() => process.kill(pid, 'SIGCONT'))
  await until('Redis to be missed', () =>
    app.redis.ping().then(
      () => false,
      () => true
    )
  )
  const { broken, of } = await check(app)
  t.same(broken, [])
  t.match(of('gate-agrees'), { checked: false, reason: /./ })
  t.match(of('replicas-agree'), { checked: false, reason: 'replica 1 does not answer' })
  t.equal(of('provider-agrees').checked, true)
})
