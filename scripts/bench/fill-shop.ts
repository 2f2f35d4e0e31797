import { Pool } from 'pg'
import { postgresConnection } from '../../plugins/lib/postgres-connection.ts'
import { makeOrders } from '../seed/orders.ts'
import { seed } from '../seed/seed.ts'
import { connected } from '../stack/postgres/cluster.ts'
import { createLedger } from '../stack/provider-ledger.ts'
import type { Sold } from './limits/functions.ts'
import type { Options } from './options.ts'

/** So many products are bought; the others are there to be in the way. */
const most_sold = 1000
/** Units received of each: more than any load buys. */
const units = 100_000_000

/** A shop with a catalog, stock that no load sells out, and orders that were paid. */
export async function fillShop(
  primary: string,
  data: string,
  { products, orders }: Pick<Options, 'products' | 'orders'>,
  currency: string
): Promise<{ sold_out: string }> {
  await seed(primary, products, currency)
  await connected(primary, async (client) => {
    await client.query(
      `with wanted as (
         select id from products join inventory on product_id = id
         where status = 'active' and quantity > 0 order by id limit $1
       ), received as (
         update inventory set quantity = quantity + $2, version = version + 1
         from wanted where product_id = id
       )
       insert into inventory_movements (cause_id, product_id, kind, quantity, reason)
       select gen_random_uuid(), id, 'receive', $2, 'for the benchmark' from wanted`,
      [most_sold, units]
    )
  })
  const pool = new Pool({ ...postgresConnection(primary), max: 1 })
  try {
    createLedger(data)
    await makeOrders(primary, data, orders)
    // Nodes of this shop have published them long ago.
    await pool.query('truncate outbox')
    await pool.query('vacuum analyze')
    return { sold_out: await findSoldOut(pool) }
  } finally {
    await pool.end()
  }
}

/** The products that the loads buy. */
export async function findSold(db: Pool): Promise<Sold[]> {
  const { rows } = await db.query<{ id: string; price: string }>(
    `select id, price from products join inventory on product_id = id
     where quantity >= $1 order by id`,
    [units / 2]
  )
  return rows.map(({ id, price }) => ({ id, price: Number(price) }))
}

/** A product that is for sale and sold out. */
export async function findSoldOut(db: Pool): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `select id from products join inventory on product_id = id
     where status = 'active' and quantity = 0 and reserved_quantity = 0 order by id limit 1`
  )
  if (!rows[0]) throw new Error('no product of the catalog is sold out')
  return rows[0].id
}
