import type { Pool } from 'pg'
import t, { type Test } from 'tap'
import { checkLedger } from './ledger.ts'
import { pileUp } from './crowd.ts'
import { cancel, type End, finish, line, newOrder, place, shop, stockUp } from './support.ts'

// One transaction holds a row in the middle; the others lock the rows before it, each with the rows in another order,
// and waits. Let go: with one lock order for all of them they go through, with any other they meet crosswise.

const crowd = 8
const oneProduct = 'select 1 from inventory where product_id = $1 for update'

t.test('checkouts take stock in product order', async (t) => {
  const sql = await shop(t, crowd + 2)
  const products = await stockUp(sql, twenty(1_000))
  await goThrough(t, sql, [oneProduct, products[10]!], (draw) =>
    place(sql, [newOrder(products.toSorted(draw).map((id) => line(id)))])
  )
})

t.test('checkouts take keys and carts in session order', async (t) => {
  const sql = await shop(t, crowd + 2)
  const [product] = await stockUp(sql, [1_000])
  const claims = twenty(null)
    .map(() => newOrder([]))
    .map(({ session, key }) => ({ session, key }))
    .toSorted((one, other) => (one.session < other.session ? -1 : 1))
  const claim = `insert into orders (id, number, session_id, session_hashed, idempotency_key, request_hash, email, currency, total)
    values (gen_random_uuid(), '000000000000', $1, true, $2, sha256(''), 'ada@example.com', 'USD', 0)`
  await goThrough(t, sql, [claim, claims[10]!.session, claims[10]!.key], (draw) =>
    place(
      sql,
      claims.toSorted(draw).map((taken) => newOrder([line(product!)], taken))
    )
  )
})

t.test('checkouts take sessions in one order too, where pending orders are counted', async (t) => {
  const sql = await shop(t, crowd + 2)
  const [product] = await stockUp(sql, [1_000])
  const sessions = twenty(null).map(() => newOrder([]).session)
  const lock = `select pg_advisory_xact_lock(hashtext('holdfast session'), hashtext($1))`
  const { rows } = await sql.query<{ session: string }>(
    'select session from unnest($1::text[]) as session order by hashtext(session)',
    [sessions]
  )
  await goThrough(t, sql, [lock, rows[10]!.session], (draw) =>
    place(
      sql,
      sessions.toSorted(draw).map((session) => newOrder([line(product!)], { session })),
      100
    )
  )
})

t.test('payments finish orders in id order', async (t) => {
  const sql = await shop(t, crowd + 2)
  const products = await stockUp(sql, twenty(1_000))
  const orders = products.map((id) => newOrder([line(id)]))
  await place(sql, orders)
  const ids = orders.map(({ id }) => id).toSorted()
  await goThrough(t, sql, ['select 1 from orders where id = $1 for update', ids[10]!], (draw) =>
    finish(
      sql,
      ids.toSorted(draw).map((order): End => ({ order, outcome: 'succeeded' }))
    )
  )
})

t.test('payments, cancels and checkouts move stock in product order', async (t) => {
  const sql = await shop(t, crowd + 2)
  const products = await stockUp(sql, twenty(1_000))
  const orders = twenty(null).map(() => newOrder(products.map((id) => line(id))))
  await place(sql, orders)
  const ids = orders.map(({ id }) => id)
  await goThrough(t, sql, [oneProduct, products[10]!], (draw, at) => {
    const lines = products.toSorted(draw).map((id) => line(id))
    if (at % 3 === 0) return place(sql, [newOrder(lines)])
    if (at % 3 === 1) return cancel(sql, ids.pop()!)
    const two = [ids.pop()!, ids.pop()!]
    return finish(
      sql,
      two.map((order): End => ({ order, outcome: 'succeeded' }))
    )
  })
})

type Work = (draw: () => number, at: number) => Promise<unknown>

async function goThrough(t: Test, sql: Pool, hold: [string, ...string[]], work: Work) {
  const calls = Array.from({ length: crowd }, (_, at) => () => work(() => Math.random() - 0.5, at))
  for (const result of await pileUp(sql, hold, calls)) t.match(result, { status: 'fulfilled' })
  await checkLedger(t, sql)
}

function twenty<T>(value: T): T[] {
  return Array<T>(20).fill(value)
}
