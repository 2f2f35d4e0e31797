import t from 'tap'
import { noLsn } from '../../../plugins/storage/lsn.ts'
import { build, until } from '../../support/build.ts'
import { served } from './replicas/support.ts'

// Nothing listens there: the replica is ejected from the beginning.
const app = await build(t, { REPLICA_URLS: 'postgres://app@127.0.0.1:1/shop' })
t.same(app.replicaStates(), ['down'])

/** Reads that end on request, and how many of them are under way. */
function gated() {
  const { promise, resolve: open } = Promise.withResolvers<void>()
  let under_way = 0
  const read = () =>
    app.readAt(noLsn, async () => {
      under_way++
      await promise
      under_way--
      return 'read'
    })
  return { read, open, underWay: () => under_way }
}

t.test(
  'the primary serves every read when no replica can, a limited number at a time',
  async (t) => {
    const { read, open, underWay } = gated()
    const reads = await served(app, 'primary ejected', async () => {
      const all = Array.from({ length: 40 }, read)
      await until('the first', () => underWay() > 0)
      t.equal(underWay(), 8, 'the other half of the connections is left to writes')
      open()
      t.same(new Set(await Promise.all(all)), new Set(['read']))
    })
    t.equal(reads, 40)
  }
)

t.test('a read that has queued for two seconds is refused with 503', async (t) => {
  const { read, open } = gated()
  const first = Array.from({ length: 8 }, read)
  const late = t.rejects(read(), { code: 'OVERLOADED', statusCode: 503 })
  // By the clock: how long a read may queue is what is tested, and a queue that does not move refuses nothing.
  setTimeout(open, 2100)
  await Promise.all([...first, late])
  t.equal(await app.readAt(noLsn, async () => 'read'), 'read')
})
