import { createHash, randomUUID } from 'node:crypto'
import { Pool, types } from 'pg'
import type { Test } from 'tap'
import { uuid7 } from '../../scripts/seed/random.ts'
import { environment } from '../support/environment.ts'

// bigint as a number, as in the shop: money, versions and counts.
types.setTypeParser(types.builtins.INT8, Number)

export type Line = { product: string; quantity: number; price: number }

export type NewOrder = {
  id: string
  session: string
  key: string
  cart: string | null
  purchase?: string
  payment: string
  begun: Date
  lines: Line[]
}

export type Answer = {
  outcome: 'placed' | 'refused' | 'exists' | 'changed' | 'late' | 'capped'
  shortages: { product_id: string; requested: number; available: number }[] | null
}

export type End = {
  order: string
  outcome: 'succeeded' | 'failed' | 'given_up'
  reason?: 'payment_declined' | 'payment_failed' | 'expired'
}

/** An empty shop's database, with as many connections as asked for. */
export async function shop(t: Test, connections = 3): Promise<Pool> {
  const { primaryUrl } = await environment(t)
  const sql = new Pool({ connectionString: primaryUrl, max: connections })
  t.teardown(() => sql.end())
  return sql
}

/** Products with this much stock each, all at this price, received through the ledger. Their ids are in order. */
export async function stockUp(sql: Pool, quantities: number[], price = 100): Promise<string[]> {
  const ids = quantities.map((_, at) => uuid7(Date.now() + at, Math.random))
  const category = randomUUID()
  await sql.query(`insert into categories (id, slug, name) values ($1, $2, 'Things')`, [
    category,
    category
  ])
  await sql.query(
    `insert into products (id, sku, slug, name, category_id, price, currency)
     select id, id, id, 'Thing ' || n, $2, $3, 'USD' from unnest($1::uuid[]) with ordinality as t (id, n)`,
    [ids, category, price]
  )
  await sql.query(
    `with stocked as (
       insert into inventory (product_id, quantity) select * from unnest($1::uuid[], $2::bigint[])
     )
     insert into inventory_movements (cause_id, product_id, kind, quantity)
     select id, id, 'receive', quantity from unnest($1::uuid[], $2::bigint[]) as t (id, quantity) where quantity > 0`,
    [ids, quantities]
  )
  return ids
}

export function newOrder(lines: Line[], over: Partial<NewOrder> = {}): NewOrder {
  const ids = { id: uuid7(Date.now(), Math.random), payment: uuid7(Date.now(), Math.random) }
  const claim = { session: randomUUID(), key: randomUUID(), cart: randomUUID() }
  return { ...ids, ...claim, begun: new Date(), lines, ...over }
}

export const line = (product: string, quantity = 1, price = 100): Line => ({
  product,
  quantity,
  price
})

export const total = ({ lines }: Pick<NewOrder, 'lines'>) =>
  lines.reduce((sum, { quantity, price }) => sum + quantity * price, 0)

/** Runs TX 1 with these orders; the answers are in their order. */
export async function place(sql: Pool, batch: NewOrder[], most_pending = 0): Promise<Answer[]> {
  const lines = batch.flatMap((order, at) => order.lines.map((one) => ({ ...one, order: at + 1 })))
  return placeLines(sql, batch, lines, most_pending)
}

/** The same, with the lines as TX 1 gets them: `order` is an ordinal into the batch. */
export async function placeLines(
  sql: Pool,
  batch: NewOrder[],
  lines: (Line & { order: number })[],
  most_pending = 0
): Promise<Answer[]> {
  const products = [...new Set(lines.map(({ product }) => product))]
  const { rows } = await sql.query<Answer>({
    name: 'place',
    text: `select outcome, shortages from place_orders(
             $1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bytea[], $6::uuid[], $7::uuid[], $8::text[],
             $9::jsonb[], $10::bigint[], $11::timestamptz[], 'USD', '10 min', '15 s', '10 s',
             $12::int[], $13::int[], $14::int[], $15::bigint[], $16::uuid[], $17, true, $18::uuid[]) order by ord`,
    values: [
      batch.map(({ id }) => id),
      batch.map(({ id }) => number(id)),
      batch.map(({ session }) => session),
      batch.map(({ key }) => key),
      batch.map(({ key }) => createHash('sha256').update(key).digest()),
      batch.map(({ cart }) => cart),
      batch.map(({ payment }) => payment),
      batch.map(() => 'ada@example.com'),
      batch.map(() => '{"city": "London"}'),
      batch.map(total),
      batch.map(({ begun }) => begun),
      lines.map(({ order }) => order),
      lines.map(({ product }) => products.indexOf(product) + 1),
      lines.map(({ quantity }) => quantity),
      lines.map(({ price }) => price),
      products,
      most_pending,
      batch.map(({ purchase = null }) => purchase)
    ]
  })
  return rows
}

/** Runs TX 2; the answers are in the order of the ends. */
export async function finish(sql: Pool, ends: End[]): Promise<string[]> {
  const { rows } = await sql.query<{ order_id: string; outcome: string }>({
    name: 'finish',
    text: 'select * from finish_orders($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])',
    values: [
      ends.map(({ order }) => order),
      ends.map(({ outcome }) => outcome),
      ends.map(
        ({ outcome, reason }) => reason ?? (outcome === 'given_up' ? 'expired' : 'payment_declined')
      ),
      ends.map(({ outcome }) => (outcome === 'succeeded' ? 'ref' : null)),
      ends.map(({ outcome }) => (outcome === 'failed' ? 'card_declined' : null))
    ]
  })
  const answers = new Map(rows.map(({ order_id, outcome }) => [order_id, outcome]))
  return ends.map(({ order }) => answers.get(order)!)
}

export async function cancel(sql: Pool, order: string, restock = true): Promise<string> {
  const { rows } = await sql.query('select cancel_order($1, $2, $3) as answer', [
    order,
    'customer',
    restock
  ])
  return rows[0].answer
}

/** Quantity, reserved quantity and version of each product. */
export async function stockOf(sql: Pool, products: string[]): Promise<number[][]> {
  const { rows } = await sql.query({
    text: 'select quantity, reserved_quantity, version from inventory where product_id = any ($1) order by product_id',
    values: [products],
    rowMode: 'array'
  })
  return rows
}

/** The whole state of an order without times, with the stock of its products. */
export async function stateOf(sql: Pool, order: string) {
  const { rows } = await sql.query(
    `select o.status, o.cancel_reason as reason, p.status as payment, r.status as hold, p.captured, p.refunded,
       p.provider_reference as reference, p.failure_code as code, p.check_at is not null as open,
       o.confirmed_at is not null as was_confirmed,
       array(select array[amount::text, reason, status::text] from refunds where payment_id = p.id order by id) as refunds,
       array(select type from order_events where order_id = o.id order by version) as events,
       array(select array[quantity, reserved_quantity] from inventory
             where product_id in (select product_id from order_items where order_id = o.id)) as stock
     from orders o join payments p on p.order_id = o.id join reservations r on r.order_id = o.id
     where o.id = $1`,
    [order]
  )
  return rows[0]
}

/** Twelve characters that people can read out; only their alphabet matters here. */
const number = (id: string) => id.replaceAll('-', '').slice(-12).toUpperCase()
