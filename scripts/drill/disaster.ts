import { rmSync } from 'node:fs'
import type { Client } from 'pg'
import type { History, Purchase } from '../prove/history.ts'
import type { Database } from '../stack/databases.ts'

/** The primary dies, and its disk with it. @returns when */
export function destroy({ pid, data }: Pick<Database, 'pid' | 'data'>): Date {
  if (!pid || !data) throw new Error('the primary is somebody else’s')
  const now = new Date()
  process.kill(pid, 'SIGKILL')
  // What it had started goes on writing for a moment.
  rmSync(data, { recursive: true, force: true, maxRetries: 50, retryDelay: 20 })
  return now
}

/**
 * Orders that buyers were told are paid, and that the database does not know. Without those that somebody wanted
 * cancelled: their money may have gone back before the disaster.
 */
export async function lostOrders(client: Client, { purchases }: History): Promise<string[]> {
  const wanted = purchases.filter(({ cancelled }) => cancelled === 'never').flatMap(paidOrders)
  const regretted = purchases.filter(({ cancelled }) => cancelled !== 'never').flatMap(paidOrders)
  const told = new Set(wanted.filter((id) => !regretted.includes(id)))
  const { rows } = await client.query<{ id: string }>(
    'select id from unnest($1::uuid[]) as t (id) where not exists (select from orders where orders.id = t.id)',
    [[...told]]
  )
  return rows.map(({ id }) => id)
}

const paidOrders = ({ attempts }: Purchase) =>
  attempts.flatMap(({ status, order_id }) => (status === 201 && order_id ? [order_id] : []))
