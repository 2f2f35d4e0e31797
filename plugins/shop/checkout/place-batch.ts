import { sql, type Kysely } from 'kysely'
import type { Database } from '../../../sql/types.ts'
import { statement } from '../../storage/statement.ts'
import type { Shortage, Stock } from '../reservation/index.ts'
import { nothingLeft, type Left } from '../reservation/left.ts'
import type { NewOrder } from './new-order.ts'

export type PlaceTerms = {
  currency: string
  hold_ms: number
  lease_ms: number
  /** How many pending orders a session may have; 0: any number. */
  most_pending: number
}

export type PlaceOutcome =
  | { outcome: 'placed' }
  | { outcome: 'exists' }
  | { outcome: 'changed' }
  | { outcome: 'late' }
  | { outcome: 'capped' }
  | { outcome: 'refused'; shortages: Shortage[] }

/** A request that began longer ago than this places no order: its client may have been told that it failed. */
const patience = '10 s'

/** What TX 1 decided of an order, and the stock that it has left. */
export type Decided = PlaceOutcome & { left: Left }

/** TX 1 (sql/functions/place_orders.sql): at most one order of a session and of a purchase. It may be run again. */
export async function placeOrders(
  db: Kysely<Database>,
  orders: NewOrder[],
  terms: PlaceTerms
): Promise<Decided[]> {
  const asked_at = performance.now()
  const rows = await place(db, columnsOf(orders, terms))
  const left = { stock: rows[0]!.stock ?? [], asked_at }
  return rows.map(({ outcome, shortages }) => {
    if (outcome === 'refused') return { outcome, shortages: shortages ?? [], left: nothingLeft }
    return { outcome, left: outcome === 'placed' ? left : nothingLeft }
  })
}

function columnsOf(orders: NewOrder[], { currency, hold_ms, lease_ms, most_pending }: PlaceTerms) {
  const { lines, products } = flatten(orders)
  const of = <T>(value: (order: NewOrder) => T) => orders.map(value)
  return {
    ids: of(({ id }) => id),
    numbers: of(({ number }) => number),
    sessions: of(({ session }) => session),
    keys: of(({ key }) => key),
    hashes: of(({ hash }) => hash),
    carts: of(({ cart_id }) => cart_id),
    payments: of(({ payment_id }) => payment_id),
    emails: of(({ email }) => email),
    addresses: of(addressOf),
    totals: of(({ total }) => total),
    begun: of(({ begun }) => begun),
    purchases: of(({ purchase }) => purchase),
    line_orders: lines.map(({ order }) => order),
    line_products: lines.map(({ product }) => product),
    line_quantities: lines.map(({ quantity }) => quantity),
    line_prices: lines.map(({ unit_price }) => unit_price),
    products,
    currency,
    hold: ms(hold_ms),
    lease: ms(lease_ms),
    most_pending
  }
}

type Placed = {
  outcome: PlaceOutcome['outcome']
  shortages: Shortage[] | null
  stock: Stock[] | null
}

const place = statement(
  (_db: Kysely<Database>, p: ReturnType<typeof columnsOf>) => sql<Placed>`
      select outcome, shortages, stock from place_orders(
        p_id => ${p.ids}::uuid[],
        p_number => ${p.numbers}::text[],
        p_session => ${p.sessions}::uuid[],
        p_key => ${p.keys}::text[],
        p_hash => ${p.hashes}::bytea[],
        p_cart => ${p.carts}::uuid[],
        p_payment => ${p.payments}::uuid[],
        p_email => ${p.emails}::text[],
        p_address => ${p.addresses}::jsonb[],
        p_total => ${p.totals}::bigint[],
        p_begun => ${p.begun}::timestamptz[],
        p_currency => ${p.currency}::text,
        p_hold => ${p.hold}::interval,
        p_lease => ${p.lease}::interval,
        p_patience => ${patience}::interval,
        l_order => ${p.line_orders}::int[],
        l_product => ${p.line_products}::int[],
        l_quantity => ${p.line_quantities}::int[],
        l_price => ${p.line_prices}::bigint[],
        s_id => ${p.products}::uuid[],
        p_most_pending => ${p.most_pending}::int,
        p_hashed => true,
        p_purchase => ${p.purchases}::uuid[])
      order by ord`
)

/** The lines of all orders, with ordinals from 1 in place of orders and products. */
function flatten(orders: NewOrder[]) {
  const ordinals = new Map<string, number>()
  const ordinal = (product_id: string) => {
    const known = ordinals.get(product_id) ?? ordinals.size + 1
    ordinals.set(product_id, known)
    return known
  }
  const lines = orders.flatMap((order, at) =>
    order.lines.map(({ product_id, quantity, unit_price }) => ({
      order: at + 1,
      product: ordinal(product_id),
      quantity,
      unit_price
    }))
  )
  return { lines, products: [...ordinals.keys()] }
}

const addressOf = ({ shipping_address }: NewOrder) =>
  shipping_address ? JSON.stringify(shipping_address) : null

const ms = (milliseconds: number) => `${milliseconds} milliseconds`
