import { Redis } from 'ioredis'
import { Pool } from 'pg'
import t from 'tap'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { environment } from '../support/environment.ts'

t.test(
  'a test environment has its own migrated database, with the rows of the migrations',
  async (t) => {
    const one = await environment(t)
    const two = await environment(t)
    await one.sql.query(
      `insert into categories (id, slug, name) values (gen_random_uuid(), 'mugs', 'Mugs')`
    )
    const { rows } = await two.sql.query(
      'select (select count(*)::int from categories), count(*)::int as epochs from cluster'
    )
    t.same(rows, [{ count: 0, epochs: 1 }])
  }
)

t.test('the replica of a test environment shows what was written on the primary', async (t) => {
  const { sql, env } = await environment(t, { replica: true })
  const replica = new Pool({ connectionString: env.REPLICA_URLS })
  t.teardown(() => replica.end())
  t.equal((await replica.query('select from cluster')).rowCount, 1)
  await sql.query(
    `insert into categories (id, slug, name) values (gen_random_uuid(), 'mugs', 'Mugs')`
  )
  await until(
    'the row',
    async () => (await replica.query('select from categories')).rowCount,
    5_000
  )
})

t.test(
  'the role of the nodes may read and write, but neither write on a replica nor change the schema',
  async (t) => {
    const { env } = await environment(t, { replica: true })
    const app = new Pool({ connectionString: env.PRIMARY_URL })
    const replica = new Pool({
      connectionString: env.REPLICA_URLS,
      options: '-c default_transaction_read_only=off'
    })
    t.teardown(() => Promise.all([app.end(), replica.end()]))
    const insert = `insert into categories (id, slug, name) values (gen_random_uuid(), 'mugs', 'Mugs')`
    t.equal((await app.query(insert)).rowCount, 1)
    await t.rejects(replica.query(insert), { code: '42501' })
    await t.rejects(app.query('drop table categories'), { code: '42501' })
    await t.rejects(app.query('truncate categories'), { code: '42501' })
  }
)

t.test('a test environment can have a Redis of its own', async (t) => {
  const { env, redisPid } = await environment(t, { redis: true })
  const redis = new Redis(env.REDIS_URL ?? '')
  t.teardown(() => redis.quit())
  t.match(await redis.info('server'), `process_id:${redisPid()}`)
})
