import { sql, type Kysely } from 'kysely'
import type { Database } from '../../../sql/types.ts'
import { statement } from '../../storage/statement.ts'
import type { Product } from './quote.ts'

/** What a checkout asks PostgreSQL before it decides anything. */
export type Question = {
  session: string
  key: string | undefined
  /** What makes a request of another session the same purchase (Attempt.purchase). */
  purchase: string | undefined
  hash: Buffer
  /** The cart that it buys; null: it buys the items of its body. */
  cart_id: string | null
  product_ids: string[]
}

/** What was there when PostgreSQL looked. */
export type Seen = {
  /** The database's clock. */
  now: Date
  /** The order that has the key in this session, or that is the same purchase. */
  earlier: string | null
  /** The order that the cart has become: pending or confirmed. */
  live: string | null
  /** The products that were asked for. One that does not exist is missing. */
  products: Map<string, Product>
}

/**
 * Looks for many checkouts in one statement: for the clock, for orders that are there already, and for prices. An order of
 * the same purchase has the session `purchase` if it has another one than the request: requests of two sessions that
 * clients named are two purchases.
 */
export async function look(db: Kysely<Database>, questions: Question[]): Promise<Seen[]> {
  const of = <Name extends keyof Question>(name: Name) =>
    questions.map((question) => question[name] ?? null)
  const rows = await lookAt(db, {
    sessions: of('session'),
    keys: of('key'),
    purchases: of('purchase'),
    hashes: of('hash'),
    carts: of('cart_id'),
    product_ids: [...new Set(questions.flatMap(({ product_ids }) => product_ids))]
  })
  const products = new Map((rows[0]!.products ?? []).map((product) => [product.id, product]))
  return rows.map(({ now, earlier, live }) => ({ now, earlier, live, products }))
}

type Asked = {
  sessions: unknown[]
  keys: unknown[]
  purchases: unknown[]
  hashes: unknown[]
  carts: unknown[]
  product_ids: string[]
}

type Row = Omit<Seen, 'products'> & { products: Product[] | null }

const lookAt = statement(
  (_db: Kysely<Database>, asked: Asked) => sql<Row>`
    select clock_timestamp() as now,
      coalesce(
        (select id from orders where session_id = q.session and idempotency_key = q.key),
        (select id from orders
          where idempotency_key = q.key and cart_id is null and request_hash = q.hash
            and (q.session = q.purchase or session_id = q.purchase)
            and q.purchase is not null
          order by created_at limit 1)) as earlier,
      (select id from orders where cart_id = q.cart and status <> 'cancelled') as live,
      case when q.n = 1 then (
        select jsonb_agg(jsonb_build_object('id', id, 'price', price, 'currency', currency, 'status', status))
        from products where id = any (${asked.product_ids}::uuid[])) end as products
    from unnest(
      ${asked.sessions}::uuid[], ${asked.keys}::text[], ${asked.purchases}::uuid[], ${asked.hashes}::bytea[],
      ${asked.carts}::uuid[]
    ) with ordinality as q (session, key, purchase, hash, cart, n)
    order by q.n`
)
