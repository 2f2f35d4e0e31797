import { randomUUID } from 'node:crypto'
import t from 'tap'
import { checkLedger } from './ledger.ts'
import { finish, line, newOrder, place, placeLines, shop, stockOf, stockUp } from './support.ts'

t.test('place_orders writes the whole order', async (t) => {
  const sql = await shop(t)
  const [one, other] = await stockUp(sql, [5, 5])
  const order = newOrder([line(other!, 2), line(one!, 3)])
  t.same(await place(sql, [order]), [{ outcome: 'placed', shortages: null }])

  const { rows } = await sql.query(
    `select o.status, o.total, o.currency, o.version, o.session_id, o.idempotency_key, o.cart_id, o.email, o.shipping_address,
       octet_length(o.request_hash) as hash, o.fulfillment_status,
       p.id as payment_id, p.status as payment, p.amount, p.captured, p.attempts,
       extract(epoch from p.check_at - o.created_at)::float as lease,
       r.status as hold, extract(epoch from r.expires_at - o.created_at)::float as life
     from orders o join payments p on p.order_id = o.id join reservations r on r.order_id = o.id`
  )
  const { lease, life, ...row } = rows[0]
  t.same(row, {
    status: 'pending',
    total: 500,
    currency: 'USD',
    version: 1,
    session_id: order.session,
    idempotency_key: order.key,
    cart_id: order.cart,
    email: 'ada@example.com',
    shipping_address: { city: 'London' },
    hash: 32,
    fulfillment_status: 'unfulfilled',
    payment_id: order.payment,
    payment: 'processing',
    amount: 500,
    captured: 0,
    attempts: 0,
    hold: 'active'
  })
  t.ok(lease >= 15 && lease < 17 && life >= 600 && life < 602, 'both clocks start with the order')
  const items = await sql.query(
    'select position, product_id, name, quantity, unit_price from order_items order by 1'
  )
  t.same(items.rows, [
    { position: 1, product_id: other, name: 'Thing 2', quantity: 2, unit_price: 100 },
    { position: 2, product_id: one, name: 'Thing 1', quantity: 3, unit_price: 100 }
  ])
  const moves = await sql.query(
    "select product_id, kind, quantity, reserved from inventory_movements where kind = 'reserve' order by quantity"
  )
  t.same(moves.rows, [
    { product_id: one, kind: 'reserve', quantity: -3, reserved: 3 },
    { product_id: other, kind: 'reserve', quantity: -2, reserved: 2 }
  ])
  t.same(await stockOf(sql, [one!, other!]), [
    [2, 3, 2],
    [3, 2, 2]
  ])
})

t.test('place_orders says of every line that is short how much is left', async (t) => {
  const sql = await shop(t)
  const [plenty, few, none] = await stockUp(sql, [9, 2, 0])
  const [answer] = await place(sql, [newOrder([line(plenty!, 9), line(few!, 3), line(none!, 1)])])
  t.same(answer, {
    outcome: 'refused',
    shortages: [
      { product_id: few, requested: 3, available: 2 },
      { product_id: none, requested: 1, available: 0 }
    ]
  })
  t.same(await stockOf(sql, [plenty!, few!, none!]), [
    [9, 0, 1],
    [2, 0, 1],
    [0, 0, 1]
  ])
})

t.test('place_orders leaves no trace of an order that was not placed', async (t) => {
  const sql = await shop(t)
  const [few] = await stockUp(sql, [1])
  const order = newOrder([line(few!, 2)])
  await place(sql, [order])
  await place(sql, [{ ...order, begun: new Date(0) }])
  await place(sql, [{ ...order, lines: [line(few!, 1, 99)] }])
  await place(sql, [{ ...order, lines: [line(randomUUID())] }])
  for (const table of ['orders', 'order_items', 'payments', 'reservations', 'order_events']) {
    t.equal((await sql.query(`select from ${table}`)).rowCount, 0, table)
  }
  t.match(
    await place(sql, [{ ...order, lines: [line(few!)] }]),
    [{ outcome: 'placed' }],
    'its key is free'
  )
})

t.test('place_orders sells the last unit once, to the first order of the batch', async (t) => {
  const sql = await shop(t)
  const [last] = await stockUp(sql, [1])
  const answers = await place(
    sql,
    Array.from({ length: 20 }, () => newOrder([line(last!)]))
  )
  t.same(
    answers.map(({ outcome }) => outcome),
    ['placed', ...Array(19).fill('refused')]
  )
})

t.test(
  'place_orders answers exists to a statement that is run again, and writes nothing',
  async (t) => {
    const sql = await shop(t)
    const [product] = await stockUp(sql, [50])
    const batch = Array.from({ length: 10 }, () => newOrder([line(product!, 2)]))
    await place(sql, batch)
    const before = await stockOf(sql, [product!])
    for (const { outcome } of await place(sql, batch)) t.equal(outcome, 'exists')
    t.same(await stockOf(sql, [product!]), before)
    await checkLedger(t, sql)
  }
)

t.test('a cancelled order frees its cart, but never its idempotency key', async (t) => {
  const sql = await shop(t)
  const [product] = await stockUp(sql, [50])
  const first = newOrder([line(product!)])
  await place(sql, [first])
  const again = { ...newOrder([line(product!)]), session: first.session }
  t.match(await place(sql, [{ ...again, cart: first.cart }]), [{ outcome: 'exists' }])
  await finish(sql, [{ order: first.id, outcome: 'failed' }])
  t.match(await place(sql, [{ ...again, key: first.key }]), [{ outcome: 'exists' }])
  t.match(await place(sql, [{ ...again, cart: first.cart }]), [{ outcome: 'placed' }])
})

t.test(
  'place_orders holds a session to its pending order limit, and no other session of the batch',
  async (t) => {
    const sql = await shop(t)
    const [product] = await stockUp(sql, [4])
    const here = { session: randomUUID() }
    const batch = [newOrder([line(product!)], here), newOrder([line(product!)])]
    t.match(await place(sql, batch, 1), [{ outcome: 'placed' }, { outcome: 'placed' }])
    t.match(await place(sql, batch, 1), [{ outcome: 'exists' }, { outcome: 'exists' }], 'run again')

    const next = [newOrder([line(product!, 2)], here), newOrder([line(product!, 2)])]
    t.same(await place(sql, next, 1), [
      { outcome: 'capped', shortages: null },
      { outcome: 'placed', shortages: null }
    ])
    t.equal((await sql.query('select from orders where id = $1', [next[0]!.id])).rowCount, 0)
    t.match(await place(sql, [next[0]!], 2), [{ outcome: 'refused' }], 'a higher cap')
    await finish(sql, [{ order: batch[0]!.id, outcome: 'succeeded' }])
    t.match(await place(sql, [newOrder([line(product!, 2)], here)], 1), [{ outcome: 'refused' }])
    await checkLedger(t, sql)
  }
)

t.test('place_orders refuses lines that belong to no order of the batch', async (t) => {
  const sql = await shop(t)
  const [product] = await stockUp(sql, [50])
  const batch = [newOrder([line(product!)]), newOrder([line(product!)])]
  const wrong = {
    apart: [1, 2, 1],
    reversed: [2, 1],
    missing: [1],
    stray: [1, 2, 3],
    twice: [1, 1, 2]
  }
  for (const [name, orders] of Object.entries(wrong)) {
    const lines = orders.map((order) => ({ ...line(product!), order }))
    await t.rejects(placeLines(sql, batch, lines), { code: 'P0001' }, name)
  }
  const dearer = [1, 2].map((order) => ({ ...line(product!, 1, 101), order }))
  await t.rejects(placeLines(sql, batch, dearer), /a total of 100, and lines of 101/)
  t.same(await stockOf(sql, [product!]), [[50, 0, 1]])
})
