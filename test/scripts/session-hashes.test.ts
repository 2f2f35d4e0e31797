import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import t from 'tap'
import { hashOf } from '../../plugins/kernel/session/id.ts'
import { hashSessions } from '../../scripts/stack/postgres/hash-sessions.ts'
import { migrate } from '../../scripts/stack/postgres/migrate.ts'
import { addProduct, buy, call } from '../routes/shop.ts'
import { build, environment } from '../support/build.ts'
import { stockUp } from '../sql/support.ts'

const home = await environment(t)
const { sql, primaryUrl } = home
// A shop of the last release that was migrated just now.
await sql.query('update cluster set session_hashes_since = now()')
const app = await build(t, {}, { like: home })

/** The database as the last release left it, with orders that have the ids of their sessions. */
async function withIds(sessions: string[]) {
  await sql.query(`update cluster set sessions_hashed_at = null`)
  await sql.query(
    `update orders set session_id = t.id, session_hashed = false
     from unnest($1::uuid[], $2::uuid[]) as t (id, hash) where session_id = t.hash`,
    [sessions, sessions.map(hashOf)]
  )
}

t.test('npm run migrate hashes the sessions of older orders in batches, once', async (t) => {
  const { id } = await addProduct(app)
  const sessions = Array.from({ length: 7 }, () => randomUUID())
  const orders = []
  for (const session of sessions) orders.push((await buy(app, id, { session })).body)
  await withIds(sessions.slice(1))
  const { rows: before } = await sql.query('select * from orders order by id')

  const client = new Client(primaryUrl)
  await client.connect()
  await hashSessions(client, 3)
  await hashSessions(client, 3)
  await client.end()
  for (const [at, session] of sessions.entries()) {
    const { body } = await call(app, 'GET /api/v1/orders', { session })
    t.match(body.orders, [{ id: orders[at].id }])
  }
  const { rows: after } = await sql.query('select * from orders order by id')
  t.same(
    after,
    before.map((row) => ({
      ...row,
      session_hashed: true,
      session_id: row.session_hashed ? row.session_id : hashOf(row.session_id)
    })),
    'nothing else is changed'
  )
})

t.test('an order that a node of the last release places has the hash of its session', async (t) => {
  const [tea] = await stockUp(sql, [5])
  const session = randomUUID()
  const key = randomUUID()
  const { rows } = await sql.query<{ outcome: string }>(
    `select outcome from place_orders(
       p_id => array[$1::uuid], p_number => array['0123456789AB'], p_session => array[$2::uuid], p_key => array[$3],
       p_hash => array[sha256('')], p_cart => array[null::uuid], p_payment => array[$4::uuid],
       p_email => array['ada@example.com'], p_address => array[null::jsonb], p_total => array[100::bigint],
       p_begun => array[now()], p_currency => 'USD', p_hold => '10 min', p_lease => '1 s', p_patience => '10 s',
       l_order => array[1], l_product => array[1], l_quantity => array[1], l_price => array[100::bigint],
       s_id => array[$5::uuid], p_most_pending => 10)`,
    [randomUUID(), session, key, randomUUID(), tea]
  )
  t.equal(rows[0]!.outcome, 'placed')
  const { body } = await call(app, 'GET /api/v1/orders', { session })
  t.equal(body.orders.length, 1)
})

t.test(
  'a cart and a position that the last release kept under the id are found for 7 days',
  async (t) => {
    const [tea] = await stockUp(sql, [5])
    const session = randomUUID()
    const cart = { id: randomUUID(), version: 1, [`line:${tea}`]: 2 }
    await app.redis.hset(`cart:${session}`, cart)
    await app.redis.pexpire(`cart:${session}`, 60_000)
    t.match((await call(app, 'GET /api/v1/cart', { session })).body, {
      id: cart.id,
      items: [{ product_id: tea, quantity: 2 }]
    })
    t.equal(await app.redis.exists(`cart:${session}`), 0)
    const ttl = await app.redis.pttl(`cart:hash:${hashOf(session)}`)
    t.ok(ttl > 50_000 && ttl <= 60_000, 'it ends when it would have ended')

    const late = randomUUID()
    await app.redis.hset(`cart:${late}`, cart)
    await sql.query(`update cluster set session_hashes_since = now() - interval '7 days'`)
    const node = await build(t, {}, { like: app })
    t.match((await call(node, 'GET /api/v1/cart', { session: late })).body, { id: null })
    t.match((await call(app, 'GET /api/v1/cart', { session: late })).body, { id: cart.id })
  }
)

t.test('npm run migrate takes an order of the last release over', async (t) => {
  const { id } = await addProduct(app)
  const session = randomUUID()
  const { body: order } = await buy(app, id, { session })
  await withIds([session])
  t.same(await migrate({ primary: primaryUrl, replicas: [] }), [], 'no file is left to apply')
  t.match((await call(app, `GET /api/v1/orders/${order.id}`, { session })).status, 200)
})
