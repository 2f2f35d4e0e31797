import Fastify, { type FastifyInstance } from 'fastify'
import type { Pool } from 'pg'
import t from 'tap'
import holdfast, { options } from '../../../app.ts'
import { build, environment, environmentOf, until } from '../../support/build.ts'
import { call } from '../../routes/shop.ts'

const unreachable = 'postgres://app:hunter2@127.0.0.1:1/shop'

t.test('every database is a named pool with bounds and listeners', async (t) => {
  const app = await build(t, {}, { replica: 2 })
  t.same(Object.keys(app.pg).toSorted(), ['batch', 'primary', 'replica1', 'replica2'])
  for (const pool of poolsOf(app)) {
    t.match(pool.options, {
      connectionTimeoutMillis: 2000,
      statement_timeout: 4000,
      query_timeout: 6000,
      lock_timeout: pool === app.pg.batch!.pool ? 500 : 2000,
      idle_in_transaction_session_timeout: 5000
    })
    t.ok(pool.listenerCount('error') > 0)
    const client = await pool.connect()
    // The listener of pg itself is there only while a connection is idle.
    t.ok(client.listenerCount('error') > 0, 'also while the connection is in use')
    client.release()
  }
  t.same(
    ['primary', 'batch', 'replica1'].map((name) => app.pg[name]!.pool.options.max),
    [16, 4, 10]
  )
})

t.test('a dropped connection ends no process, whether it is idle or in use', async (t) => {
  const app = await build(t)
  const { pool } = app.pg.primary!
  const failed = t.rejects(pool.query('select pg_sleep(2)'), { code: '57P01' })
  await environmentOf(app).sql.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name like 'holdfast:%'`
  )
  await failed
  // The pool may give out a connection that was idle before it has heard that the connection is lost.
  const { rows } = await until('a new connection', () => pool.query('select 1 as one'))
  t.match(rows, [{ one: 1 }])
})

t.test('closing a node ends every pool once, after its last use', async (t) => {
  const { env } = await environment(t, { replica: true })
  const app: FastifyInstance = Fastify({ ...options, logger: false })
  const transacting: string[] = []
  app.addHook('onRoute', ({ pg, url }) => {
    if (pg) transacting.push(url)
  })
  await app.register(holdfast, { env })
  await app.ready()
  await Promise.all([1, 2, 3].map(() => call(app, 'GET /api/v1/products?q=mug')))
  const pools = poolsOf(app)
  await app.close()
  t.ok(pools.every((pool) => pool.ended && pool.totalCount === 0))
  t.same(transacting, [], 'no route has the transaction of the plugin, which goes past Kysely')
})

t.test('a primary that is unreachable stops the start, by the name of its variable', async (t) => {
  const { env } = await environment(t)
  const app: FastifyInstance = Fastify({ ...options, logger: false })
  t.teardown(() => app.close())
  const start = async () => {
    await app.register(holdfast, { env: { ...env, PRIMARY_URL: unreachable } })
    await app.ready()
  }
  await t.rejects(start(), {
    message: /^PRIMARY_URL: the primary cannot be used: connect ECONNREFUSED((?!hunter2).)*$/
  })
})

t.test('a replica that is unreachable does not stop the start', async (t) => {
  const app = await build(t, { REPLICA_URLS: unreachable })
  t.match(await call(app, 'GET /health/ready'), {
    status: 200,
    body: { status: 'degraded', checks: { primary: 'up', replicas: ['down'] } }
  })
})

const poolsOf = ({ pg }: FastifyInstance) =>
  Object.values(pg as Record<string, { pool: Pool }>).map(({ pool }) => pool)
