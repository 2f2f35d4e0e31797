import t from 'tap'
import { noLsn } from '../../../../plugins/storage/lsn.ts'
import { cutOff } from '../../../support/cut-off.ts'
import { buyer, stock } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { freeze, onReplica, reaches, served, stall, stateOf, trustSessions } from './support.ts'

const app = await build(t, {}, { replica: 1 })
await trustSessions(app)
const [tea] = await stock(app, 10_000)
const items = [{ product_id: tea!, quantity: 1 }]

const isDue = (ms: number, from: number) => performance.now() - from < ms

t.test('a healthy replica serves', async (t) => {
  await reaches(app, 'healthy')
  t.same(stateOf(app), { state: 'healthy', reason: null })
  t.equal(await served(app, 'replica1 turn', () => buyer(app).orders()), 1)
})

t.test(
  'a frozen replica is ejected, no client misses an order, and the replica rejoins by itself',
  async (t) => {
    const thaw = await freeze(t, app)
    const frozen = performance.now()
    for (let n = 0; stateOf(app).state !== 'ejected' && isDue(5000, frozen); n++) await buyAndLook()
    t.same(stateOf(app), { state: 'ejected', reason: 'worker_gone' })
    t.ok(isDue(5000, frozen), 'within 5 s')

    t.ok((await served(app, 'primary ejected', buyAndLook)) > 0)
    await thaw()
    await until('it to serve', async () => {
      await buyAndLook()
      return stateOf(app).state === 'healthy'
    })
    await buyAndLook()

    async function buyAndLook() {
      const session = buyer(app)
      const { body: order } = await session.buy(items)
      const [one, all] = await Promise.all([session.order(order.id), session.orders()])
      if (one.status !== 200 || one.body.status !== 'confirmed' || all[0]?.id !== order.id)
        t.fail('an order is missing', { one, all })
    }
  }
)

t.test('a replica that applies nothing is degraded after 1 s and ejected after 5 s', async (t) => {
  await until('a quiet replica', () => stateOf(app).state === 'healthy')
  const go = await stall(t, app)
  const stalled = performance.now()
  await buyer(app).buy(items)
  await reaches(app, 'degraded')
  t.equal(stateOf(app).reason, 'lag')
  t.equal(await served(app, 'replica1 turn', () => app.readAt(noLsn, async () => 1)), 1)
  await reaches(app, 'ejected')
  t.equal(stateOf(app).reason, 'lag')
  const took = performance.now() - stalled
  // The last heartbeat may have been up to a second old.
  t.ok(took > 3000 && took < 6000, `after ${took} ms`)
  await go()
  await reaches(app, 'healthy')
})

t.test('a replica that shows another epoch is ejected', async (t) => {
  const epoch = app.epoch()
  await onReplica(app, `update cluster set epoch = gen_random_uuid()`)
  await until('the ejection', () => stateOf(app).reason === 'foreign_epoch', 2000)
  t.equal(stateOf(app).state, 'ejected')
  await onReplica(app, `update cluster set epoch = '${epoch}'`)
  await until('three good looks', () => stateOf(app).reason === 'rejoining', 2000)
  await reaches(app, 'healthy')
})

t.test('a replica that has not copied a table is ejected', async (t) => {
  await onReplica(app, 'create table news (id uuid primary key)')
  await until('the ejection', () => stateOf(app).reason === 'tables_copying', 2000)
  t.equal(stateOf(app).state, 'ejected')
  await onReplica(app, 'drop table news')
  await reaches(app, 'healthy')
})

t.test('a read on a replica that crashes is answered by the primary', async (t) => {
  let giveBack: (() => Promise<void>) | undefined
  const targets: string[] = []
  const read = () =>
    app.readAt(noLsn, async (db, { target }) => {
      targets.push(target)
      giveBack ??= await cutOff(t, app, 'replica')
      return db.selectFrom('cluster').select('epoch').executeTakeFirstOrThrow()
    })
  const failures = await served(app, 'primary error', async () =>
    t.same(await read(), { epoch: app.epoch() })
  )
  t.equal(failures, 1)
  t.same(targets, ['replica1', 'primary'])
  await reaches(app, 'ejected', 2000)
  t.equal(stateOf(app).reason, 'probe_failed')
  t.equal(app.replicas.all[0]!.watermark, undefined, 'its old watermark is not used')
  await giveBack!()
  await reaches(app, 'healthy')
})

t.test('a read is repeated when the replica crashed meanwhile', async (t) => {
  const targets: string[] = []
  const name = environmentOf(app).name
  await app.readAt(noLsn, async (_, { target }) => {
    targets.push(target)
    if (target === 'primary') return
    const { connection_generation } = app.replicas.all[0]!
    await onReplica(
      app,
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = '${name}' and application_name like 'holdfast:%'`
    )
    await until(
      'the loss',
      () => app.replicas.all[0]!.connection_generation > connection_generation
    )
  })
  t.same(targets, ['replica1', 'primary'])
  await reaches(app, 'healthy')
})

t.test('a query that fails by its own fault is not run twice', async (t) => {
  const targets: string[] = []
  const broken = app.readAt(noLsn, async (db, { target }) => {
    targets.push(target)
    return db
      .selectFrom('nowhere' as 'orders')
      .select('id')
      .execute()
  })
  await t.rejects(broken, { code: '42P01' })
  t.same(targets, ['replica1'])
})

t.test('a replica without its worker serves while the primary is unreachable', async (t) => {
  const giveBack = await cutOff(t, app, 'primary')
  await until('the loss', () => app.heartbeat.failing())
  await freeze(t, app)
  await until('the end of its worker', () => stateOf(app).reason === 'worker_gone')
  const looks = new Set<number>()
  await until('several looks', () => looks.add(app.replicas.all[0]!.probed_at!).size > 6)
  t.equal(stateOf(app).state, 'degraded')
  t.equal(await served(app, 'replica1 turn', () => app.readAt(noLsn, async () => 1)), 1)
  await giveBack()
})
