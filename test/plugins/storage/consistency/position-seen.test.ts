import t from 'tap'
import { build, environmentOf, until } from '../../../support/build.ts'
import { buyer, stock } from '../../../support/buyer.ts'
import { tripsOf, type Trips } from '../../../support/trips.ts'
import { freeze, reaches, served, trustSessions } from '../replicas/support.ts'

const app = await build(t, {}, { replica: 2 })
await trustSessions(app)
const [tea] = await stock(app, 100)
const items = [{ product_id: tea!, quantity: 1 }]
const ada = buyer(app)
const tripsDuring = tripsOf(t, app)
const position = async () => (await app.redis.get(`ryw:hash:${ada.kept}`))!

t.test(
  'a read of orders on a replica is one statement, which brings the position that it has seen',
  async (t) => {
    for (const which of [0, 1]) await reaches(app, 'healthy', 10_000, which)
    // What a replica lacks has to be remembered for the session.
    await freeze(t, app, 1)
    const { body: order } = await ada.buy(items)
    for (const look of [() => ada.order(order.id), () => ada.orders()]) {
      // A new connection makes its settings first.
      await look()
      const before = await position()
      const { headers } = await buyer(app).buy(items)
      t.ok(headers['x-consistency-token'])
      // Some position after what the session knows.
      const { rows } = await environmentOf(app).sql.query<{ lsn: string }>(
        `select lpad(to_hex((pg_current_wal_insert_lsn() - '0/0')::bigint), 16, '0') as lsn`
      )
      const has = () => (app.replicas.all[0]!.watermark ?? '') >= rows[0]!.lsn
      await until('the replica to have it', has)
      let trips: Trips | undefined
      const work = async () => void (trips = await tripsDuring(look))
      t.equal(await served(app, 'replica1 turn', work), 1)
      t.equal(trips?.postgres, 1)
      const after = await position()
      t.ok(after > before && after.split(':')[1]! >= rows[0]!.lsn, `${before} ${after}`)
    }
  }
)

t.test('an order that is not there is looked for on the primary too', async (t) => {
  const { status } = await buyer(app, ada.session).order('01a00000-0000-7000-8000-000000000000')
  t.equal(status, 404)
})
