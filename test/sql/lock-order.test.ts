import type { Pool, PoolClient } from 'pg'
import t, { type Test } from 'tap'
import { until } from '../../scripts/stack/until.ts'
import { checkBooks } from './books.ts'
import { cancel, type End, finish, line, newOrder, place, shop, stockUp } from './support.ts'

// Somebody holds a row in the middle; everybody else locks what comes before it, each with the rows in another order,
// and waits. Let go: with one order for all of them they go through, with any other they meet crosswise.

const crowd = 8

t.test('checkouts take stock in product order', async (t) => {
  const sql = await shop(t, crowd + 2)
  const products = await stockUp(
    sql,
    Array.from({ length: 20 }, () => 1_000)
  )
  const busy = await holding(
    sql,
    'select 1 from inventory where product_id = $1 for update',
    products[10]!
  )
  await pileUp(t, sql, busy, (draw) =>
    place(sql, [newOrder(products.toSorted(draw).map((id) => line(id)))])
  )
})

t.test('checkouts take keys and carts in session order', async (t) => {
  const sql = await shop(t, crowd + 2)
  const [product] = await stockUp(sql, [1_000])
  const orders = Array.from({ length: 20 }, () => newOrder([line(product!)]))
  const sessions = orders.map(({ session }) => session).toSorted()
  const busy = await holding(
    sql,
    `insert into orders (id, number, session_id, idempotency_key, request_hash, email, currency, total)
     values (gen_random_uuid(), '000000000000', $1, $2, sha256(''), 'ada@example.com', 'USD', 0)`,
    sessions[10]!,
    orders.find(({ session }) => session === sessions[10])!.key
  )
  await pileUp(t, sql, busy, (draw) =>
    place(
      sql,
      orders
        .toSorted(draw)
        .map((order) => ({ ...newOrder(order.lines), session: order.session, key: order.key }))
    )
  )
})

t.test('payments finish orders in id order', async (t) => {
  const sql = await shop(t, crowd + 2)
  const orders = await placeMany(sql)
  const busy = await holding(
    sql,
    'select 1 from orders where id = $1 for update',
    orders.toSorted()[10]!
  )
  await pileUp(t, sql, busy, (draw) =>
    finish(
      sql,
      orders.toSorted(draw).map((order): End => ({ order, outcome: 'succeeded' }))
    )
  )
})

t.test('payments, cancels and checkouts move stock in product order', async (t) => {
  const sql = await shop(t, crowd + 2)
  const products = await stockUp(
    sql,
    Array.from({ length: 20 }, () => 1_000)
  )
  const orders = Array.from({ length: crowd * 2 }, () => newOrder(products.map((id) => line(id))))
  await place(sql, orders)
  const busy = await holding(
    sql,
    'select 1 from inventory where product_id = $1 for update',
    products[10]!
  )
  const ids = orders.map(({ id }) => id)
  await pileUp(t, sql, busy, (draw, at) => {
    const lines = products.toSorted(draw).map((id) => line(id))
    if (at % 3 === 0) return place(sql, [newOrder(lines)])
    if (at % 3 === 1) return cancel(sql, ids.pop()!)
    return finish(
      sql,
      [ids.pop()!, ids.pop()!].map((order): End => ({ order, outcome: 'succeeded' }))
    )
  })
})

type Work = (draw: () => number, at: number) => Promise<unknown>

const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`

/** Starts the crowd against what is held, waits until everybody waits, and lets go. */
async function pileUp(t: Test, sql: Pool, busy: PoolClient, work: Work) {
  const all = Promise.allSettled(
    Array.from({ length: crowd }, (_, at) => work(() => Math.random() - 0.5, at))
  )
  try {
    await until('waiting for what is held', async () => {
      const { rowCount } = await sql.query(waiting)
      return rowCount === crowd
    })
  } finally {
    await busy.query('rollback')
    busy.release()
  }
  for (const result of await all) t.match(result, { status: 'fulfilled' })
  await checkBooks(t, sql)
}

async function holding(sql: Pool, query: string, ...values: string[]) {
  const client = await sql.connect()
  await client.query('begin')
  await client.query(query, values)
  return client
}

async function placeMany(sql: Pool): Promise<string[]> {
  const products = await stockUp(
    sql,
    Array.from({ length: 20 }, () => 1_000)
  )
  const orders = products.map((id) => newOrder([line(id)]))
  await place(sql, orders)
  return orders.map(({ id }) => id)
}
