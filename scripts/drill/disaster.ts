import { rmSync } from 'node:fs'
import type { Client } from 'pg'
import type { History, Purchase } from '../prove/history.ts'
import type { Database } from '../stack/databases.ts'
import { withLedger } from '../stack/provider-ledger.ts'

/** Kills the primary and removes its data. @returns the moment of it */
export function destroy({ pid, data }: Pick<Database, 'pid' | 'data'>): Date {
  if (!pid || !data) throw new Error('the primary is external')
  const now = new Date()
  process.kill(pid, 'SIGKILL')
  // The primary's children write for a moment longer.
  rmSync(data, { recursive: true, force: true, maxRetries: 50, retryDelay: 20 })
  return now
}

/**
 * Orders that were answered as paid and that the database does not have. Without those whose buyer asked to cancel: they
 * may have been refunded before the disaster.
 */
export async function lostOrders(client: Client, { purchases }: History): Promise<string[]> {
  const wanted = purchases.filter(({ cancelled }) => cancelled === 'never').flatMap(paidOrders)
  const cancelledOnes = purchases
    .filter(({ cancelled }) => cancelled !== 'never')
    .flatMap(paidOrders)
  const paid = new Set(wanted.filter((id) => !cancelledOnes.includes(id)))
  const { rows } = await client.query<{ id: string }>(
    'select id from unnest($1::uuid[]) as t (id) where not exists (select from orders where orders.id = t.id)',
    [[...paid]]
  )
  return rows.map(({ id }) => id)
}

const paidOrders = ({ attempts }: Purchase) =>
  attempts.flatMap(({ status, order_id }) => (status === 201 && order_id ? [order_id] : []))

/** How many of these orders the provider has given back, or is about to: each charge of it, whole. */
export const givenBack = (data: string, order_ids: string[]): number =>
  withLedger(data, (ledger) => {
    const kept = ledger.prepare(
      `select 1 from decisions
       where metadata ->> 'order_id' = ? and status = 'succeeded' and amount >
         (select coalesce(sum(amount), 0) from refunds
          where payment_id = decisions.payment_id and failure_code is null)`
    )
    return order_ids.filter((id) => kept.get(id) === undefined).length
  })
