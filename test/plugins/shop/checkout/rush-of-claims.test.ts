import t from 'tap'
import { connected } from '../../../../scripts/stack/postgres/cluster.ts'
import { buyer, stock } from '../../../support/buyer.ts'
import { build, environmentOf, until } from '../../../support/build.ts'

const app = await build(t, { RESOLVER_INTERVAL_MS: '60000' })
const { primaryUrl, sql } = environmentOf(app)

/** How many connections wait for a lock. */
const waits = async () =>
  (
    await sql.query<{ count: number }>(
      `select count(*)::int from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`
    )
  ).rows[0]!.count

t.test(
  'an order that is placed is paid and answered while forty claims of locked stock wait',
  async (t) => {
    const [tea, mugs] = await stock(app, 1, 40)
    await connected(primaryUrl, async (holder) => {
      // The provider answers after two seconds.
      const placed = buyer(app).buy([{ product_id: tea!, quantity: 1 }], 'tok_slow')
      await until(
        'the order',
        async () => (await sql.query(`select from orders where status = 'pending'`)).rowCount
      )
      await holder.query('begin')
      await holder.query('select from inventory where product_id = $1 for update', [mugs])
      const waiting = Array.from({ length: 40 }, () =>
        buyer(app).buy([{ product_id: mugs!, quantity: 1 }])
      )
      await until('claims that wait', async () => (await waits()) > 0)
      t.match(await placed, { status: 201, body: { status: 'confirmed' } })
      t.ok((await waits()) <= 5, 'the other connections are left to orders that are placed')
      await holder.query('rollback')
      await Promise.all(waiting)
    })
  }
)
