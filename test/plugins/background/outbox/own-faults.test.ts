import t from 'tap'
import { stock } from '../../../support/buyer.ts'
import { build, environmentOf, until } from '../../../support/build.ts'
import { call } from '../../../routes/shop.ts'
import { delivered, emptied } from './support.ts'

const app = await build(t)
const { sql } = environmentOf(app)

const change = (id: string, by: number) =>
  sql.query(`select change_stock($1, 'adjust', $2, 'found', gen_random_uuid(), null)`, [id, by])

const attempts = async () =>
  (
    await sql.query(
      'select max(attempts) as most, count(parked_at) as parked from outbox_deliveries'
    )
  ).rows[0]

const find = (how: 'in' | 'not in') =>
  app.db.selectFrom('event_sinks').select('name').where('name', how, []).execute()

t.test(
  'an event whose effects fail by a fault of ours is never parked, and others go on',
  async (t) => {
    const [poisoned, healthy] = await stock(app, 1, 1)
    await change(poisoned!, 1)
    const node = await build(t, { OUTBOX_INTERVAL_MS: '20' }, { like: app })
    let is_broken = true
    const refresh = node.reservation.refresh
    node.reservation.refresh = async (ids) => {
      // As a query does that this role may not run, or whose text the server cannot read.
      if (is_broken && ids.includes(poisoned!)) await sql.query(`select 'yesterday'::int`)
      return refresh(ids)
    }

    await until('more attempts than park an event', async () => (await attempts()).most > 20)
    t.equal((await attempts()).parked, 0)
    for (let n = 0; n < 5; n++) {
      await change(healthy!, 1)
      await change(poisoned!, 1)
    }
    await until('the events at the consumers', async () => {
      const seen = await delivered(app, 'inventory')
      return [poisoned, healthy].every(
        (id) => seen.filter(({ subject }) => subject === id).length >= (id === healthy ? 5 : 6)
      )
    })
    t.match((await call(node, 'GET /metrics')).text, 'holdfast_outbox_parked 0\n')

    is_broken = false
    await emptied(app)
    t.pass('the effects were done once they could be')
  }
)

t.test('a list without elements is a condition, not a syntax error', async (t) => {
  t.same(await find('in'), [])
  t.ok((await find('not in')).length > 0)
})
