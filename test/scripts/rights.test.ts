import { readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { build, environment, environmentOf, spawnNode } from '../support/build.ts'
import { buyer, stock } from '../support/buyer.ts'
import { testServers } from '../support/environment.ts'

const app = await build(t, {}, { replica: true })
const { sql } = environmentOf(app)
const [tea] = await stock(app, 10)
await buyer(app).buy([{ product_id: tea!, quantity: 1 }])
const { pool } = app.pg.primary!

t.test('the role of the nodes cannot rewrite ledgers, epochs, keys and decided rows', async (t) => {
  const forbidden = [
    'delete from inventory_movements',
    'update inventory_movements set quantity = 0',
    'truncate inventory_movements',
    'delete from order_events',
    `update order_events set type = 'confirmed'`,
    'delete from order_transitions',
    `insert into order_transitions values ('cancelled', 'confirmed')`,
    `update order_transitions set to_status = 'confirmed'`,
    'update cluster set epoch = gen_random_uuid()',
    'delete from cluster',
    `insert into cluster (epoch) values (gen_random_uuid())`,
    `update api_keys set scopes = '{keys}'`,
    'update api_keys set revoked_at = null',
    `insert into api_keys (id, name, secret_hash, scopes)
       values (gen_random_uuid(), 'mine', sha256('mine'), '{keys}')`,
    'delete from api_keys',
    'update orders set total = 0',
    `update orders set email = 'other@example.com'`,
    'update orders set session_id = gen_random_uuid()',
    'update order_items set unit_price = 0',
    'delete from order_items',
    'update payments set amount = 0',
    'delete from payments',
    'update refunds set amount = 0',
    'delete from refunds',
    'delete from reservations',
    'delete from products',
    'delete from inventory',
    'delete from categories',
    'delete from event_sinks',
    'delete from heartbeat',
    'drop table orders',
    'alter table orders disable trigger all',
    'create table mine (id int)',
    `set session_replication_role = 'replica'`,
    `select pg_read_file('/etc/passwd')`,
    `copy orders to program 'cat'`
  ]
  for (const statement of forbidden)
    await t.rejects(pool.query(statement), { code: '42501' }, statement)
})

t.test('the role of the nodes cannot write on a replica', async (t) => {
  const replica = await app.pg.replica1!.pool.connect()
  for (const statement of [
    'update heartbeat set at = now()',
    'insert into order_transitions values (null, null)',
    'delete from outbox'
  ]) {
    await replica.query('begin read write')
    await t.rejects(replica.query(statement), { code: '42501' }, statement)
    await replica.query('rollback')
  }
  replica.release()
})

t.test(
  'a node that starts with another ADMIN_API_KEY replaces the bootstrap key alone',
  async (t) => {
    await sql.query(
      `insert into api_keys (id, name, secret_hash, scopes)
     values (gen_random_uuid(), 'staff', sha256('staff'), '{catalog}')`
    )
    const keys = async () =>
      (
        await sql.query(
          `select name, scopes, encode(secret_hash, 'hex') as hash from api_keys order by 1`
        )
      ).rows
    const before = await keys()
    await build(t, { ADMIN_API_KEY: 'hf_another_0123456789abcdef0123456789' }, { like: app })
    const after = await keys()
    t.same(after[1], before[1], 'the key of the staff')
    t.same(after[0].scopes, before[0].scopes)
    t.not(after[0].hash, before[0].hash)
  }
)

t.test('two orders never have the same number', async (t) => {
  const copy = `insert into orders
    select (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid(),
      'idempotency_key', 'another-key-0123456789', 'cart_id', null))).* from orders o limit 1`
  await t.rejects(sql.query(copy), { code: '23505', constraint: 'orders_number' })
})

t.test("PostgreSQL's log has the error of a violated check, and nothing personal", async (t) => {
  const { folder } = testServers()
  const personal = 'ada.lovelace@example.com'
  const violating = `insert into orders
    (id, number, session_id, idempotency_key, request_hash, email, shipping_address, currency, total)
    values (gen_random_uuid(), 'N-1', gen_random_uuid(), 'k', '', $1, '{"name": "Ada Lovelace"}', 'USD', -1)`
  for (const query of [
    () => pool.query(violating, [personal]),
    () => sql.query(violating.replace('$1', `'${personal}'`)),
    () => sql.query(`do $$ begin ${violating.replace('$1', `'${personal}'`)}; end $$`),
    () => sql.query('select $1::int', [personal])
  ])
    await t.rejects(query(), /violates|invalid input/)
  const log = readFileSync(path.join(folder, 'primary.log'), 'utf8')
  t.match(log, /ERROR:  new row for relation "orders" violates check constraint/)
  const lines = log
    .split('\n')
    .filter((line) => /lovelace|Failing row|\$1|insert into orders/i.test(line))
  // PostgreSQL's own message repeats a value that is no number; the nodes' schemas let none through to it.
  t.same(
    lines.filter((line) => !line.includes('invalid input syntax')),
    []
  )
  t.notMatch(readFileSync(path.join(folder, 'replica.log'), 'utf8'), /lovelace/i)
})

t.test(
  'the Redis user of the nodes may use keys, and nothing that concerns the server',
  async (t) => {
    const home = await environment(t, { redis: true })
    const node = await build(t, { OUTBOX_INTERVAL_MS: '20' }, { like: home })
    const { redis } = node
    t.equal(await redis.call('ACL', 'WHOAMI'), 'default', 'tests are an operator')
    const limited = { ...home, env: { ...home.env, REDIS_URL: home.redisNodeUrl! } }
    const own = await spawnNode(t, limited, { OUTBOX_INTERVAL_MS: '20' })
    const [cup] = await stock(node, 5)
    const ada = buyer(own)
    t.equal((await ada.add(cup!, 2)).status, 200)
    t.equal((await ada.checkout()).status, 201)
    t.equal((await ada.cart()).body.items.length, 0)
    const products = await fetch(`${own.url}/api/v1/products?limit=1`)
    t.equal(products.status, 200)
    const ready = await fetch(`${own.url}/health/ready`)
    t.match(await ready.json(), { status: 'ready', checks: { redis: 'up' } })
    t.match(await (await fetch(`${own.url}/metrics`)).text(), /^holdfast_redis_up 1$/m)
    t.notMatch(own.log(), /NOPERM/)

    const { Redis } = await import('ioredis')
    const as = new Redis(home.redisNodeUrl!)
    t.teardown(() => as.disconnect())
    t.equal(await as.call('PING'), 'PONG')
    for (const command of [
      'FLUSHALL',
      'FLUSHDB',
      'CONFIG GET maxmemory',
      'CONFIG SET maxmemory 1',
      'KEYS *',
      'DEBUG SLEEP 0',
      'SHUTDOWN NOSAVE',
      'ACL LIST',
      'ACL WHOAMI',
      'SCRIPT FLUSH',
      'REPLICAOF no one',
      'MONITOR',
      'SAVE',
      'BGREWRITEAOF',
      'CLIENT KILL TYPE normal',
      'MODULE LIST',
      'SWAPDB 0 1',
      'FUNCTION FLUSH',
      'SLOWLOG GET'
    ]) {
      const [name, ...args] = command.split(' ')
      await t.rejects(as.call(name!, ...args), /NOPERM|not allowed/, command)
    }
    await t.rejects(as.eval(`return redis.call('FLUSHALL')`, 0), /(NOPERM|can't run|not allow)/i)
  }
)
