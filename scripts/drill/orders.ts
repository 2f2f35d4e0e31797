import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { connected } from '../stack/postgres/cluster.ts'

type Charge = { payment_id: string; amount: number; currency: string; reference: string; at: Date }

const batch = 10_000

/** Makes past orders, in the database and in the payment provider's ledger. */
export async function makeOrders(primary: string, data: string, orders: number): Promise<void> {
  const text = await readFile(new URL('orders.sql', import.meta.url), 'utf8')
  const ledger = new DatabaseSync(path.join(data, 'provider', 'ledger.sqlite'), { timeout: 10_000 })
  try {
    await connected(primary, async (client) => {
      for (let left = orders; left > 0; left -= batch) {
        const { rows } = await client.query<Charge>(text, [Math.min(left, batch)])
        enter(ledger, rows)
      }
    })
  } finally {
    ledger.close()
  }
}

function enter(ledger: DatabaseSync, charges: Charge[]): void {
  const decide = ledger.prepare(
    `insert into decisions (payment_id, status, reference, amount, currency, decided_at)
     values (?, 'succeeded', ?, ?, ?, ?)`
  )
  ledger.exec('begin immediate')
  for (const { payment_id, reference, amount, currency, at } of charges)
    decide.run(payment_id, reference, amount, currency, at.getTime())
  ledger.exec('commit')
}
