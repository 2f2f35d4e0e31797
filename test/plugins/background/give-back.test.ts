import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { ReconcileOptions } from '../../../plugins/background/reconciler/index.ts'
import { beginEpoch } from '../../../scripts/stack/postgres/new-epoch.ts'
import { connected } from '../../../scripts/stack/postgres/cluster.ts'
import type { ChargeRequest } from '../../../plugins/shop/payments/port.ts'
import { listed, newCharge, originOf } from '../../contracts/charges.ts'
import { build, environmentOf, until } from '../../support/build.ts'
import { buyer, stock } from '../../support/buyer.ts'

// Only the tests reconcile.
const quiet = { RESOLVER_INTERVAL_MS: '60000', RECONCILE_INTERVAL_SECONDS: '0' }
const app = await build(t, quiet)
const { sql, primaryUrl } = environmentOf(app)
const unattended: ReconcileOptions = { give_back: { by: 'reconciler' } }
const since = () => new Date(Date.now() - 60 * 60_000)

const run = async (options = unattended) => (await app.reconcile(since(), options))!
const letTenMinutesPass = () =>
  sql.query(`update lost_charges set seen_at = seen_at - interval '10 minutes'`)
/** The day's bounds count from the start again. */
const forget = () => sql.query('delete from lost_charges')

async function charge(over: Partial<ChargeRequest> = {}, node = app) {
  const made = newCharge('tok_success', { amount: 700, ...originOf(node), ...over })
  await node.payments.charge(made)
  return made
}
const charges = (count: number, over: Partial<ChargeRequest> = {}) =>
  Promise.all(Array.from({ length: count }, () => charge(over)))
const refunded = async (made: ChargeRequest[]) =>
  (await listed(app.payments, made)).filter(({ amount, refunded: back }) => amount === back).length

/** Gives back what a test has left. */
async function tidy() {
  const { lost } = await run({})
  await run({ give_back: { by: 'operator', count: lost.charges } })
  await forget()
}

t.test(
  'the reconciler gives back no charge that is not ours, however often it looks',
  async (t) => {
    const foreign = [
      ...(await charges(248, { shop: randomUUID() })),
      ...(await charges(2, { epoch: randomUUID() }))
    ]
    for (let look = 1; look <= 3; look++) {
      t.match(await run(), { differing: 250, left: 250, lost: { charges: 0, amount: 0 } })
      await letTenMinutesPass()
    }
    t.equal(await refunded(foreign), 0)
    t.match(await run({ give_back: { by: 'operator', count: 0 } }), { left: 250 })
    t.equal(await refunded(foreign), 0, 'not even an operator gives them back')
    const found = (await app.checkInvariants()).find(({ name }) => name === 'provider-agrees')
    t.match(found, { violations: 250, witnesses: [{ finding: 'foreign' }] })
  }
)

t.test(
  'the reconciler gives a lost charge back at its second look, ten minutes later',
  async (t) => {
    const lost = await charges(3)
    t.match(await run(), { lost: { charges: 3, amount: 2100 } })
    t.match(await run(), { lost: { charges: 3 } })
    t.equal(await refunded(lost), 0, 'the looks were too close to each other')
    await letTenMinutesPass()
    t.match(await run(), { lost: { charges: 3 } })
    t.equal(await refunded(lost), 3)
    await forget()
  }
)

t.test('the reconciler gives none of 101 lost charges back', async (t) => {
  const lost = await charges(101, { amount: 1 })
  await run()
  await letTenMinutesPass()
  t.match(await run(), { lost: { charges: 101 } })
  t.equal(await refunded(lost), 0)
  await tidy()
  t.equal(await refunded(lost), 101, 'an operator may')
})

t.test('the bounds are those of a day, of all runs and nodes', async (t) => {
  const [first, second] = [await charges(60, { amount: 1 }), []] as ChargeRequest[][]
  await run()
  await letTenMinutesPass()
  await run()
  t.equal(await refunded(first!), 60)
  second!.push(...(await charges(41, { amount: 1 })))
  const other = await build(t, quiet, { like: app })
  await other.reconcile(since(), unattended)
  await letTenMinutesPass()
  await other.reconcile(since(), unattended)
  t.equal(await refunded(second!), 0, '60 and 41 are more than 100')
  await sql.query(`update lost_charges set given_back_at = given_back_at - interval '1 day'`)
  await run()
  t.equal(await refunded(second!), 41, 'on the next day they are not')
  await forget()
})

t.test('the reconciler gives no more money back in a day than its bound', async (t) => {
  const lost = await charges(1, { amount: 100_001 })
  await run()
  await letTenMinutesPass()
  await run()
  t.equal(await refunded(lost), 0, 'more than RECONCILE_UNATTENDED_AMOUNT')

  const [tea] = await stock(app, 5)
  await buyer(app).buy([{ product_id: tea!, quantity: 1 }])
  await sql.query(`update products set price = 10000100 where id = $1`, [tea])
  const ada = buyer(app)
  t.equal((await ada.buy([{ product_id: tea!, quantity: 1 }])).status, 201)
  await run()
  t.equal(await refunded(lost), 1, '1 % of what was captured in a day is more')
  await forget()

  const off = await build(t, { ...quiet, RECONCILE_UNATTENDED_AMOUNT: '0' }, { like: app })
  const small = await charges(1, { amount: 1 })
  await off.reconcile(since(), unattended)
  await letTenMinutesPass()
  await off.reconcile(since(), unattended)
  t.equal(await refunded(small), 0, '0 turns it off')
  await tidy()
})

t.test('after a new epoch nothing goes back until an operator has looked', async (t) => {
  const before = await charges(2)
  await run()
  await letTenMinutesPass()
  const old = originOf(app)
  await connected(primaryUrl, beginEpoch)
  await until('the node to know the epoch', () => app.epoch() !== old.epoch)
  const { rows } = await sql.query(
    'select epoch, ended_at is null as present, reviewed_at is null as unseen from epochs order by began_at'
  )
  t.match(rows, [
    { epoch: old.epoch, present: false, unseen: false },
    { epoch: app.epoch(), present: true, unseen: true }
  ])

  // An old primary that is still alive charges with the old epoch.
  const late = await charges(2, old)
  const report = await run()
  t.match(report, { lost: { charges: 2 } })
  await letTenMinutesPass()
  await run()
  t.equal(await refunded(before), 0, 'an operator has not looked')
  t.same(
    report.findings
      .filter(({ payment_id }) => late.some((one) => one.payment_id === payment_id))
      .map(({ finding }) => finding),
    ['foreign', 'foreign']
  )

  await run({ give_back: { by: 'operator', count: 2 } })
  t.equal(await refunded(before), 2)
  t.equal(await refunded(late), 0)
  const after = await charges(1)
  await run()
  await letTenMinutesPass()
  await run()
  t.equal(await refunded(after), 1, 'an operator has looked')
})

t.test('a payment that appears between look and refund is not given back', async (t) => {
  const [tea] = await stock(app, 5)
  const { body } = await buyer(app).buy([{ product_id: tea!, quantity: 1 }])
  await sql.query(
    `insert into lost_charges (payment_id, amount, currency, epoch) values ($1, 100, 'USD', $2)`,
    [body.payment.id, app.epoch()]
  )
  await letTenMinutesPass()
  await run()
  t.match(await listed(app.payments, [{ payment_id: body.payment.id }]), [{ refunded: 0 }])
})
