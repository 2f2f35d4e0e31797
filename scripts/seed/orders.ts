import { readFile } from 'node:fs/promises'
import { connected } from '../stack/postgres/cluster.ts'
import { enterCharges, type Charge } from '../stack/provider-ledger.ts'

const batch = 10_000

/** Makes past orders, in the database and in the payment provider's ledger. */
export async function makeOrders(primary: string, data: string, orders: number): Promise<void> {
  const text = await readFile(new URL('orders.sql', import.meta.url), 'utf8')
  await connected(primary, async (client) => {
    for (let left = orders; left > 0; left -= batch) {
      const { rows } = await client.query<Charge>(text, [Math.min(left, batch)])
      enterCharges(data, rows)
    }
  })
}
