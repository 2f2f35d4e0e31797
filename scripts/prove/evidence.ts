import { connected } from '../stack/postgres/cluster.ts'
import type { History } from './history.ts'

/** An order as the primary stores it. */
export type OrderRow = {
  id: string
  session_id: string
  idempotency_key: string
  status: string
  is_confirmed: boolean
  cancel_reason: string | null
  total: number
  /** What the payment provider calls its charge. */
  reference: string | null
  items: { product_id: string; quantity: number; unit_price: number }[]
}

export type StockRow = { product_id: string; quantity: number; reserved: number; price: number }

/** What the primary stores at the end about the proof's products: it is compared with what clients were answered. */
export type Evidence = {
  orders: OrderRow[]
  stock: StockRow[]
  /** The reason of every stock movement that staff made. */
  movements: string[]
  /** The refunds of those orders. */
  refunds: { id: string; status: string; failure_code: string | null }[]
}

/** Reads the evidence from the primary. */
export async function gather(primary: string, { products }: History): Promise<Evidence> {
  const ids = [products.map(({ id }) => id)]
  return connected(primary, async (client) => {
    const orders = await client.query<OrderRow>(
      `select orders.id, session_id, idempotency_key, orders.status, confirmed_at is not null as is_confirmed,
              cancel_reason, total::float8 as total, provider_reference as reference, items
         from orders
         join payments on payments.order_id = orders.id
         join (select order_id, jsonb_agg(jsonb_build_object('product_id', product_id,
                                          'quantity', quantity, 'unit_price', unit_price)) as items
                 from order_items where product_id = any ($1) group by order_id) bought
           on bought.order_id = orders.id`,
      ids
    )
    const stock = await client.query<StockRow>(
      `select product_id, quantity::float8 as quantity, reserved_quantity::float8 as reserved, price::float8 as price
         from inventory join products on products.id = product_id where product_id = any ($1)`,
      ids
    )
    const movements = await client.query<{ reason: string }>(
      `select reason from inventory_movements where product_id = any ($1) and kind = 'adjust'`,
      ids
    )
    const refunds = await client.query<Evidence['refunds'][number]>(
      `select refunds.id, refunds.status, refunds.failure_code
         from refunds join payments on payments.id = payment_id
        where order_id in (select order_id from order_items where product_id = any ($1))`,
      ids
    )
    return {
      orders: orders.rows,
      stock: stock.rows,
      movements: movements.rows.map(({ reason }) => reason),
      refunds: refunds.rows
    }
  })
}
