import { randomUUID } from 'node:crypto'
import t from 'tap'
import { noLsn } from '../../../plugins/storage/lsn.ts'
import { build, until } from '../../support/build.ts'
import { call } from '../shop.ts'

const app = await build(t, {}, { replica: 2 })
const look = async (node = app) =>
  (await call(node, 'GET /api/v1/admin/replication', { key: true })).body

t.test(
  'the route says how far each replica is and how many reads each server has served',
  async (t) => {
    const position = /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/
    t.match(await look(), {
      primary: { position, reads: 0, share: 0, why: { token: 0, wait: 0, ejected: 0, none: 0 } },
      replicas: ['replica1', 'replica2'].map((replica) => ({ replica, reads: 0, share: 0 }))
    })
    await until('them to be whole', () => app.replicas.all.every(({ watermark }) => watermark))
    for (let n = 0; n < 4; n++) await app.readAt(noLsn, async () => {})
    const { primary, replicas } = await look()
    t.equal(primary.reads, 0)
    for (const replica of replicas) {
      t.match(replica, {
        state: 'healthy',
        reason: null,
        watermark: position,
        reads: 2,
        share: 0.5
      })
      t.ok(replica.lag_seconds < 1 && replica.lag_bytes >= 0 && replica.watermark_age_seconds < 2)
    }
  }
)

t.test('the metrics say how far each replica is too', async (t) => {
  const { text } = await call(app, 'GET /metrics')
  t.match(text, 'holdfast_reads_total{target="replica1",reason="turn"} 2')
  t.match(text, 'holdfast_replica_state{replica="replica2",state="healthy"} 1')
  for (const name of ['lag_seconds', 'lag_bytes', 'watermark_age_seconds'])
    t.match(text, `holdfast_replica_${name}{replica="replica1"} `)
})

t.test('without replicas the primary has served every read', async (t) => {
  const node = await build(t, { REPLICA_URLS: '' }, { like: app })
  await call(node, 'GET /api/v1/orders', { session: randomUUID() })
  t.match(await look(node), { primary: { reads: 1, share: 1, why: { none: 1 } }, replicas: [] })
})

t.test('the replication state needs the scope', async (t) => {
  t.equal((await call(app, 'GET /api/v1/admin/replication')).status, 401)
})
