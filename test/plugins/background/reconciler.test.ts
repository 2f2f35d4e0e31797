import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import type { ReconcileOptions } from '../../../plugins/background/reconciler/index.ts'
import { differences } from '../../../plugins/background/reconciler/differences.ts'
import { connected } from '../../../scripts/stack/postgres/cluster.ts'
import { buyer, stock, unitsOf } from '../../support/buyer.ts'
import { build, until, environmentOf } from '../../support/build.ts'
import { newCharge, originOf } from '../../contracts/charges.ts'

// Only the tests resolve and reconcile.
const quiet = { RESOLVER_INTERVAL_MS: '60000', RECONCILE_INTERVAL_SECONDS: '0' }
const app = await build(t, quiet)
const { folder, primaryUrl, sql } = environmentOf(app)
const anHourAgo = () => new Date(Date.now() - 60 * 60_000)

/** What the reconciler finds and does about one payment. */
async function reconcile(payment_id: string, options?: ReconcileOptions) {
  const report = await app.reconcile(anHourAgo(), options)
  const of = report!.findings.filter((one) => one.payment_id === payment_id)
  return of.map(({ finding, settlement }) => `${finding} ${settlement}`)
}

/** How much of a charge the provider has refunded. */
async function refundedOf(payment_id: string) {
  for await (const charge of app.payments.list(anHourAgo()))
    if (charge.payment_id === payment_id) return charge.refunded
  return undefined
}

/** A charge of this shop without an order, as after a restore that has lost the order. */
async function chargeWithoutOrder(amount = 700) {
  const charge = newCharge('tok_success', { amount, ...originOf(app) })
  await app.payments.charge(charge)
  return charge.payment_id
}

const operator = (count: number): ReconcileOptions => ({ give_back: { by: 'operator', count } })

async function order(token: string) {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  const { body } = await ada.buy([{ product_id: tea!, quantity: 1 }], token)
  const { id: payment_id } = body.payment
  const { amount } = body.total
  const look = async () => (await ada.order(body.id)).body
  return { ada, tea: tea!, id: body.id, payment_id, amount, look }
}

const agedBy = (payment_id: string, minutes: number) => {
  const store = new DatabaseSync(path.join(folder, 'provider', 'ledger.sqlite'))
  store
    .prepare('update decisions set decided_at = decided_at - ? where payment_id = ?')
    .run(minutes * 60_000, payment_id)
  store.close()
}

t.test('the reconciler finds nothing in a consistent shop', async (t) => {
  for (const token of ['tok_success', 'tok_declined', 'tok_timeout', 'tok_error'])
    await buyer(app).buy([{ product_id: (await stock(app, 5))[0]!, quantity: 1 }], token)
  const { ada, id } = await order('tok_success')
  await ada.cancel(id)
  t.match(await app.reconcile(anHourAgo()), { charges: 3, differing: 0, left: 0, findings: [] })
  await app.checkout.resolveDue(10)
  t.match(await app.reconcile(anHourAgo()), { differing: 0 })
})

t.test(
  'an operator gives charges without an order back by saying how many there are',
  async (t) => {
    const lost = await chargeWithoutOrder()
    t.same(await reconcile(lost), ['unknown left'], 'it is only shown')
    t.same(await reconcile(lost, operator(2)), ['unknown left'], 'another number was shown')
    t.same(await reconcile(lost, { ...operator(1), dry_run: true }), ['unknown left'])
    t.equal(await refundedOf(lost), 0)

    const other = await build(t, quiet, { like: app })
    const reports = await Promise.all(
      [app, other].map((node) => node.reconcile(anHourAgo(), operator(1)))
    )
    t.ok(reports.some((report) => report?.findings.some(({ payment_id }) => payment_id === lost)))
    t.equal(await refundedOf(lost), 700)
    t.same(await reconcile(lost), [], 'the refund settles it')

    const part = await chargeWithoutOrder()
    const refund = { refund_id: randomUUID(), payment_id: part, amount: 200, currency: 'USD' }
    await app.payments.refund(refund)
    t.same(await reconcile(part, operator(1)), ['unknown refunded'])
    t.equal(await refundedOf(part), 700, 'only the rest was refunded')
    const { body } = await app.inject({ url: '/metrics' })
    t.match(body, /holdfast_reconciled_charges_total{finding="unknown"} [1-9]/)
  }
)

t.test(
  'the reconciler records a charge of a failed payment, and the resolver refunds it',
  async (t) => {
    const { id, payment_id, amount, look } = await order('tok_error')
    await sql.query(
      `select finish_orders(array[$1]::uuid[], array['failed'], array['payment_failed'], array[null], array[null])`,
      [id]
    )
    await app.payments.charge(newCharge('tok_success', { payment_id, amount, ...originOf(app) }))
    t.same(await reconcile(payment_id), ['unrecorded recorded'])
    t.equal((await look()).payment.status, 'refund_pending')
    await app.checkout.resolveDue(10)
    t.equal((await look()).payment.status, 'refunded')
    t.same(await reconcile(payment_id), [])
  }
)

t.test(
  'the reconciler records a charge whose outcome has been unknown for five minutes',
  async (t) => {
    const { payment_id, look, tea } = await order('tok_timeout')
    await sql.query(`update payments set check_at = now() + interval '1 hour' where id = $1`, [
      payment_id
    ])
    agedBy(payment_id, 4)
    t.same(await reconcile(payment_id), [], 'that is left to the resolver')
    agedBy(payment_id, 2)
    t.same(await reconcile(payment_id), ['unrecorded recorded'])
    t.match(await look(), { status: 'confirmed', payment: { provider_reference: /^sim_/ } })
    t.same(await unitsOf(app, tea), [[4, 0]])
  }
)

t.test('the reconciler leaves a charge of another amount to people', async (t) => {
  const { payment_id, amount } = await order('tok_error')
  const wrong = { payment_id, amount: amount + 1, ...originOf(app) }
  await app.payments.charge(newCharge('tok_success', wrong))
  t.same(await reconcile(payment_id), ['amount left'])
})

t.test('the reconciler leaves a refund that is not recorded to people', async (t) => {
  const { payment_id, amount } = await order('tok_success')
  const refund = { refund_id: randomUUID(), payment_id, amount, currency: 'USD' }
  await app.payments.refund(refund)
  t.same(await reconcile(payment_id), ['refunds left'])
  await sql.query(
    `insert into refunds (payment_id, amount, reason, status) values ($1, $2, 'x', 'succeeded')`,
    [payment_id, amount]
  )
  t.same(await reconcile(payment_id), [])
})

t.test(
  'the reconciler cancels an order whose whole charge was refunded, after a restore',
  async (t) => {
    const { id, payment_id, amount, tea, look } = await order('tok_success')
    const half = { refund_id: randomUUID(), payment_id, amount: amount / 2, currency: 'USD' }
    await app.payments.refund(half)
    t.same(
      await reconcile(payment_id, { cancel_returned: true }),
      ['refunds left'],
      'only a part was refunded'
    )
    await app.payments.refund({ ...half, refund_id: randomUUID() })
    t.same(await reconcile(payment_id, { cancel_returned: true }), ['refunds cancelled'])
    t.match(await look(), { status: 'cancelled', payment: { status: 'refunded' } })
    t.same(await unitsOf(app, tea), [[5, 0]])
    t.same(await reconcile(payment_id, { cancel_returned: true }), [])
    const about = (await app.checkInvariants(true)).flatMap(({ witnesses }) => witnesses)
    t.notMatch(JSON.stringify(about), payment_id)
    t.notMatch(JSON.stringify(about), id)
  }
)

t.test('the reconciler reports a refund that stays pending', async (t) => {
  const { ada, id, payment_id } = await order('tok_success')
  await ada.cancel(id)
  t.same(await reconcile(payment_id), [])
  await sql.query(
    `update refunds set created_at = now() - interval '6 minutes' where payment_id = $1`,
    [payment_id]
  )
  t.same(await reconcile(payment_id), ['unreturned left'])
  await app.checkout.resolveDue(10)
  t.same(await reconcile(payment_id), [])
})

t.test('the reconciler reports no refund that succeeds while it compares', async (t) => {
  const { ada, id, payment_id } = await order('tok_success')
  let listed = 0
  const provider = {
    async *list(since: Date) {
      listed++
      for await (const charge of app.payments.list(since))
        if (charge.payment_id === payment_id) yield charge
      if (listed > 1) return
      await ada.cancel(id)
      await app.checkout.resolveDue(10)
    }
  }
  for await (const { finding } of differences({ db: app.db, provider }, anHourAgo()))
    t.fail(finding)
  t.equal(await refundedOf(payment_id), 100)
  t.equal(listed, 2, 'the list was read twice')
})

t.test('one node at a time reconciles', async (t) => {
  await connected(primaryUrl, async (other) => {
    await other.query(`select pg_advisory_lock(hashtext('holdfast reconcile'))`)
    t.equal(await app.reconcile(anHourAgo()), undefined)
  })
  await until('the lock to be free', () => app.reconcile(anHourAgo()))
})

t.test(
  'every node reconciles at an interval, and gives back what two looks have found',
  async (t) => {
    const lost = await chargeWithoutOrder()
    await build(t, { ...quiet, RECONCILE_INTERVAL_SECONDS: '1' }, { like: app })
    await until('the first look', async () => (await seen()).includes(lost))
    t.equal(await refundedOf(lost), 0)
    await letTenMinutesPass()
    await until('the refund', async () => (await refundedOf(lost)) === 700)
  }
)

/** The charges without an order that were written down. */
const seen = async (): Promise<string[]> =>
  (await sql.query('select payment_id from lost_charges')).rows.map(({ payment_id }) => payment_id)
const letTenMinutesPass = () =>
  sql.query(`update lost_charges set seen_at = seen_at - interval '10 minutes'`)
