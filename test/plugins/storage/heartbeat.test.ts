import t from 'tap'
import { build, until, environmentOf } from '../../support/build.ts'

const app = await build(t)
const { sql } = environmentOf(app)

t.test('the heartbeat is written about once a second, however many nodes there are', async (t) => {
  for (let n = 0; n < 3; n++) await build(t, {}, { like: app })
  const { rows } = await sql.query<{ before: string }>(
    'select n_tup_upd as before from pg_stat_user_tables where relname = $1',
    ['heartbeat']
  )
  t.equal(rows.length, 1)
  const ats = new Set<number>()
  const from = performance.now()
  await until('some beats', async () => {
    const { at } = (await sql.query<{ at: Date }>('select at from heartbeat')).rows[0]!
    ats.add(at.getTime())
    return ats.size === 4
  })
  const ms = (performance.now() - from) / 3
  t.ok(ms > 600 && ms < 2000, `every ${ms} ms`)
})

t.test('the lag of a replica is the age of the first heartbeat that it misses', async (t) => {
  const { heartbeat } = app
  const { at } = (await sql.query<{ at: Date }>('select at from heartbeat')).rows[0]!
  t.equal(
    heartbeat.lag_ms(new Date(at.getTime() + 60_000)),
    0,
    'a replica that shows a later heartbeat than this node knows'
  )
  t.ok(heartbeat.age_ms(at) < 2500)
  await until('a later beat', () => heartbeat.lag_ms(at) > 0)
  t.ok(heartbeat.lag_ms(at) < heartbeat.age_ms(at))
  await until('time to pass', () => heartbeat.lag_ms(at) > 1000)
  t.ok(heartbeat.lag_ms(new Date(0)) > 2000, 'the oldest heartbeat that this node remembers')
})

t.test('the heartbeat tells the node a new epoch', async (t) => {
  const { rows } = await sql.query<{ epoch: string }>(
    'update cluster set epoch = gen_random_uuid() returning epoch'
  )
  await until('the epoch', () => app.epoch() === rows[0]!.epoch)
  t.equal(app.heartbeat.failing(), false)
})
