import type { Pool } from 'pg'
import { until } from '../../scripts/stack/supervisor/until.ts'

/**
 * Holds a row, starts the calls, waits until all of them wait, and lets go: races that otherwise happen only by chance.
 * The pool needs a connection for each call, and two more.
 */
export async function pileUp<T>(
  sql: Pool,
  [query, ...values]: [query: string, ...values: string[]],
  calls: (() => Promise<T>)[]
): Promise<PromiseSettledResult<T>[]> {
  const holder = await sql.connect()
  await holder.query('begin')
  await holder.query(query, values)
  const results = Promise.allSettled(calls.map((call) => call()))
  try {
    await until(
      'waiting for what is held',
      async () => (await sql.query(waiting)).rowCount === calls.length
    )
  } finally {
    await holder.query('rollback')
    holder.release()
  }
  return results
}

const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`

/** What they answered; an error of one of them is thrown. */
export function answers<T>(results: PromiseSettledResult<T>[]): T[] {
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}
