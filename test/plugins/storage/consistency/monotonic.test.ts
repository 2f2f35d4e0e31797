import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { buyer, stock } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { servedAs, stall, trustSessions } from '../replicas/support.ts'

// A session keeps reading while its order changes and the replicas fall behind in turn.

const rounds = process.env.TEST_LONG ? 40 : 8

const app = await build(t, {}, { replica: 2 })
await trustSessions(app)
const [tea] = await stock(app, 10)
const ada = buyer(app)
const { body: order } = await ada.buy([{ product_id: tea!, quantity: 1 }])
const { sql } = environmentOf(app)

t.test(
  'a session never reads an older state than before, whichever replica is behind',
  async (t) => {
    const over = new AbortController()
    const changes = (async () => {
      while (!over.signal.aborted) {
        await sql.query('update orders set updated_at = clock_timestamp() where id = $1', [
          order.id
        ])
        await pause(10)
      }
    })()
    const lagging = (async () => {
      for (let n = 0; n < rounds; n++) {
        // For less than a second, so that the replicas stay healthy and serve in turn.
        const go = await stall(t, app, n % 2)
        await pause(400)
        await go()
        await until('both', () =>
          app.replicas.all.every(({ health }) => health.state === 'healthy')
        )
      }
      over.abort()
    })()

    let reads = 0
    let older = 0
    for (let newest = ''; !over.signal.aborted; reads++) {
      const { status, body } = await ada.order(order.id)
      if (status !== 200) t.fail(`${status}`)
      const at = String(body.updated_at)
      if (at < newest) older++
      else newest = at
    }
    await Promise.all([changes, lagging])
    t.equal(older, 0, `of ${reads}`)
    for (const which of ['replica1', 'replica2']) {
      const by = (await servedAs(app, `${which} turn`)) + (await servedAs(app, `${which} wait`))
      t.ok(by > reads / 20, `${by} of ${reads} by ${which}`)
    }
  }
)
