import type { Pool } from 'pg'
import t from 'tap'
import { cancel, finish, line, newOrder, place, shop, stockUp } from './support.ts'

const statuses = ['pending', 'confirmed', 'completed', 'cancelled'] as const
const allowed = [
  'pending confirmed',
  'pending cancelled',
  'confirmed completed',
  'confirmed cancelled'
]

/** Sets a status with everything that belongs to it, so that only the transition can be wrong. */
const moves = {
  pending: 'confirmed_at = null, cancelled_at = null, cancel_reason = null',
  confirmed: 'confirmed_at = now(), cancelled_at = null, cancel_reason = null',
  completed: 'confirmed_at = now(), cancelled_at = null, cancel_reason = null',
  cancelled: "cancelled_at = now(), cancel_reason = 'admin'"
}

t.test('an order takes the transitions that the table allows, and no other', async (t) => {
  const sql = await shop(t)
  for (const from of statuses) {
    for (const to of statuses) {
      if (from === to) continue
      const id = await orderIn(sql, from)
      const move = sql.query(`update orders set status = '${to}', ${moves[to]} where id = $1`, [id])
      if (allowed.includes(`${from} ${to}`)) await t.resolves(move, `${from} -> ${to}`)
      else await t.rejects(move, { code: '23514', message: /cannot go from/ }, `${from} -> ${to}`)
    }
  }
})

t.test('a reservation that has ended never becomes active again', async (t) => {
  const sql = await shop(t)
  for (const from of ['confirmed', 'cancelled'] as const) {
    const id = await orderIn(sql, from)
    for (const to of ['active', 'committed', 'released', 'expired']) {
      const move = sql.query('update reservations set status = $2 where order_id = $1', [id, to])
      await t.rejects(move, { code: '23514', message: /has ended/ }, `${from} -> ${to}`)
    }
  }
})

t.test('an amount is tied to its order, and stays within what was paid', async (t) => {
  const sql = await shop(t)
  const id = await orderIn(sql, 'confirmed')
  const refused = {
    'payments set amount = amount - 1': '23514',
    'payments set amount = amount - 1, captured = amount - 1': '23503',
    "payments set currency = 'EUR'": '23503',
    'orders set total = total + 1': '23503',
    'payments set captured = amount + 1': '23514',
    'payments set refunded = captured + 1': '23514',
    "payments set status = 'failed'": '23514',
    "payments set status = 'refund_pending'": '23514',
    'payments set check_at = now()': '23514',
    'orders set confirmed_at = null': '23514',
    'orders set cancelled_at = now()': '23514'
  }
  for (const [change, code] of Object.entries(refused)) {
    const where = change.startsWith('orders') ? 'id' : 'order_id'
    await t.rejects(sql.query(`update ${change} where ${where} = $1`, [id]), { code }, change)
  }
})

t.test('stock is never negative, held or not', async (t) => {
  const sql = await shop(t)
  const [product] = await stockUp(sql, [5])
  for (const column of ['quantity', 'reserved_quantity']) {
    const change = sql.query(
      `update inventory set ${column} = ${column} - 6 where product_id = $1`,
      [product]
    )
    await t.rejects(change, { code: '23514' }, column)
  }
})

t.test(
  'no two live orders have the same key or cart, and no order the same product twice',
  async (t) => {
    const sql = await shop(t)
    const [product] = await stockUp(sql, [5])
    const order = newOrder([line(product!)])
    await place(sql, [order])
    const copy = (columns: string) =>
      sql.query(
        `insert into orders (id, number, session_hashed, session_id, idempotency_key, cart_id, request_hash, email, currency, total)
       select gen_random_uuid(), number, true, ${columns}, request_hash, email, currency, total from orders`
      )
    await t.rejects(copy('session_id, idempotency_key, gen_random_uuid()'), { code: '23505' })
    await t.rejects(
      copy('gen_random_uuid(), gen_random_uuid()::text, cart_id'),
      /one_live_order_a_cart/
    )
    await t.rejects(place(sql, [newOrder([line(product!), line(product!)])]), { code: '23505' })
    t.equal((await sql.query('select from orders')).rowCount, 1)
  }
)

t.test('a stock movement of one cause is recorded once', async (t) => {
  const sql = await shop(t)
  await orderIn(sql, 'confirmed')
  const again = sql.query(
    'insert into inventory_movements select * from inventory_movements limit 1'
  )
  await t.rejects(again, { code: '23505' })
})

async function orderIn(sql: Pool, status: (typeof statuses)[number]): Promise<string> {
  const [product] = await stockUp(sql, [5])
  const { id, ...order } = newOrder([line(product!)])
  await place(sql, [{ id, ...order }])
  if (status === 'cancelled') await cancel(sql, id)
  else if (status !== 'pending') await finish(sql, [{ order: id, outcome: 'succeeded' }])
  if (status === 'completed')
    await sql.query("update orders set status = 'completed' where id = $1", [id])
  return id
}
