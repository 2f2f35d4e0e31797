import type { Pool } from 'pg'
import t from 'tap'
import { askRefund } from './refunds.ts'
import { cancel, finish, line, newOrder, place, shop, stockUp } from './support.ts'

t.test('claim_payments hands out the payments that are due, and no others', async (t) => {
  const sql = await shop(t)
  const [processing, unknown, refunding, paid, declined, abandoned] = await orders(sql, 6)
  await due(sql, processing!)
  await sql.query("update payments set status = 'unknown' where order_id = $1", [unknown!])
  await finish(
    sql,
    [refunding!, paid!].map((order) => ({ order, outcome: 'succeeded' }))
  )
  await askRefund(sql, refunding!, 50)
  await finish(sql, [{ order: declined!, outcome: 'failed' }])
  await cancel(sql, abandoned!)

  const claims = await claim(sql)
  t.same(
    new Map(claims.map(({ order_id, status, order_status }) => [order_id, [status, order_status]])),
    new Map([
      [processing, ['unknown', 'pending']],
      [refunding, ['refund_pending', 'confirmed']],
      [abandoned, ['unknown', 'cancelled']]
    ])
  )
  t.same(await claim(sql), [], 'and not again')
  await due(sql, unknown!)
  t.match(await claim(sql), [{ order_id: unknown, amount: 100, currency: 'USD', hold_due: false }])
})

t.test('claim_payments takes the longest due when there are more than it may take', async (t) => {
  const sql = await shop(t)
  const ids = await orders(sql, 4)
  await due(sql, ...ids.toReversed())
  for (const id of ids.toReversed()) t.match(await claim(sql, 1), [{ order_id: id }])
})

t.test(
  'claim_payments makes a payment due again after 2 s, then after twice as long each time, up to 5 min',
  async (t) => {
    const sql = await shop(t)
    const [order] = await orders(sql, 1)
    const pauses = []
    for (let attempt = 1; attempt <= 12; attempt++) {
      await due(sql, order!)
      t.match(await claim(sql), [{ attempts: attempt }])
      const { rows } = await sql.query(
        'select round(extract(epoch from check_at - clock_timestamp()))::int as pause from payments'
      )
      pauses.push(rows[0].pause)
    }
    t.same(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300])
  }
)

t.test(
  'claim_payments makes the payment of a pending order due again when it is to be given up, at the latest',
  async (t) => {
    const sql = await shop(t)
    const [order] = await orders(sql, 1)
    const pauseAt = async (minutes: number) => {
      await sql.query(
        `update orders set created_at = clock_timestamp() - $1::int * interval '1 min'`,
        [minutes]
      )
      await sql.query('update payments set attempts = 20')
      await due(sql, order!)
      t.match(await claim(sql), [{ order_id: order }])
      const { rows } = await sql.query(
        'select round(extract(epoch from check_at - clock_timestamp()))::int as pause from payments'
      )
      return rows[0].pause
    }
    t.equal(await pauseAt(20), 300)
    t.equal(await pauseAt(28), 120, 'it is given up when it is 30 minutes old')
    t.equal(await pauseAt(31), 300, 'that was tried, and the outcome is still unknown')
    await cancel(sql, order!)
    t.equal(await pauseAt(28), 300, 'no stock is held any more')
  }
)

t.test('claim_payments takes the payment of one order when it is named and due', async (t) => {
  const sql = await shop(t)
  const [one, other, early] = await orders(sql, 3)
  await due(sql, one!, other!)
  t.match(await claim(sql, 10, other!), [{ order_id: other }])
  t.same(await claim(sql, 10, early!), [])
  t.match(await claim(sql, 10), [{ order_id: one }])
})

t.test(
  'claim_payments says whether the reservation has expired, and how old the order is',
  async (t) => {
    const sql = await shop(t)
    const [order] = await orders(sql, 1)
    await sql.query("update orders set created_at = created_at - interval '40 min'")
    await sql.query("update reservations set expires_at = clock_timestamp() - interval '1 s'")
    await due(sql, order!)
    t.match(await claim(sql), [{ hold_due: true, order_age: { minutes: 40 } }])
    await cancel(sql, order!)
    t.match(
      await claim(sql),
      [{ hold_due: false, order_status: 'cancelled' }],
      'it has no hold any more'
    )
  }
)

t.test('claim_payments hands a payment to one of many nodes', async (t) => {
  const sql = await shop(t, 8)
  const ids = await orders(sql, 60)
  await due(sql, ...ids)
  const claims = await Promise.all(Array.from({ length: 8 }, () => claim(sql, 10)))
  const claimed = claims.flat().map(({ order_id }) => order_id)
  t.equal(new Set(claimed).size, claimed.length, 'none twice')
  t.ok(claims.every(({ length }) => length <= 10))
  while (claimed.length < 60)
    claimed.push(...(await claim(sql, 10)).map(({ order_id }) => order_id))
  t.same(claimed.toSorted(), ids.toSorted())
})

t.test(
  'claim_payments does not wait for a payment that another transaction has locked',
  async (t) => {
    const sql = await shop(t)
    const [busy, free] = await orders(sql, 2)
    await due(sql, busy!, free!)
    const writer = await sql.connect()
    await writer.query('begin')
    await writer.query('select 1 from payments where order_id = $1 for no key update', [busy])
    t.match(await claim(sql), [{ order_id: free }])
    await writer.query('rollback')
    writer.release()
  }
)

type Claim = {
  order_id: string
  status: string
  order_status: string
  attempts: number
  hold_due: boolean
}

async function claim(sql: Pool, limit = 10, order: string | null = null): Promise<Claim[]> {
  const { rows } = await sql.query<Claim>('select * from claim_payments($1, $2)', [limit, order])
  return rows
}

/** Pending orders of one unit at 100. */
async function orders(sql: Pool, count: number): Promise<string[]> {
  const [product] = await stockUp(sql, [100])
  const batch = Array.from({ length: count }, () => newOrder([line(product!)]))
  await place(sql, batch)
  return batch.map(({ id }) => id)
}

/** Lets a minute pass for these, a little more for the first. */
async function due(sql: Pool, ...ids: string[]) {
  for (const [at, id] of ids.entries()) {
    await sql.query(
      "update payments set check_at = clock_timestamp() - interval '1 min' + $2 * interval '1 ms' where order_id = $1",
      [id, at]
    )
  }
}
