import { parseArgs } from 'node:util'
import type { Client } from 'pg'
import { connected } from './stack/postgres/cluster.ts'
import { runningDatabases } from './stack/running.ts'

// npm run refunds                       the refunds that the payment provider has refused or failed to make
// npm run refunds -- --retry ID|all     begins another attempt; the nodes send it

type Failed = {
  id: string
  order_id: string
  payment_id: string
  amount: string
  currency: string
  failure_code: string
  updated_at: Date
}

async function findFailed(client: Client): Promise<Failed[]> {
  const { rows } = await client.query<Failed>(
    `select r.id, p.order_id, p.id as payment_id, r.amount::text, p.currency, r.failure_code, r.updated_at
       from refunds r join payments p on p.id = r.payment_id
      where r.status = 'failed' and r.failure_code is not null
      order by r.updated_at, r.id`
  )
  return rows
}

async function retry(client: Client, id: string): Promise<void> {
  const failed = await findFailed(client)
  const chosen = id === 'all' ? failed : failed.filter((one) => one.id === id)
  if (id !== 'all' && chosen.length === 0) throw new Error(`no refund ${id} has failed`)
  for (const one of chosen) {
    await client.query('select retry_refund(p_refund => $1)', [one.id])
    console.log(`refund ${one.id} of order ${one.order_id} is tried again`)
  }
}

async function main() {
  const { values } = parseArgs({ options: { retry: { type: 'string' } } })
  await connected(runningDatabases().primary.admin_url, async (client) => {
    if (values.retry !== undefined) return retry(client, values.retry)
    const failed = await findFailed(client)
    for (const { id, order_id, payment_id, amount, currency, failure_code, updated_at } of failed)
      console.log(
        `refund ${id}, ${amount} ${currency}, ${failure_code} since ${updated_at.toISOString()}, order ${order_id}, payment ${payment_id}`
      )
    console.log(`${failed.length} refunds have failed`)
  })
}

await main().catch((err: Error) => {
  console.error(`refunds: ${err.message}`)
  process.exitCode = 1
})
