import type { Client } from 'pg'
import { v7 } from 'uuid'

/**
 * Begins a new epoch in a database that may lack the newest rows of the old primary. By the epoch the stock gate, the
 * cache and consistency tokens recognize entries of the old one. Sequences are not replicated, and a restored sequence may
 * be behind the numbers that were used: they continue at the microseconds since 1970, which no counter has reached.
 */
export async function beginEpoch(client: Client): Promise<void> {
  await client.query('begin')
  await client.query('update cluster set epoch = $1', [v7()])
  await client.query(
    `select setval(format('%I.%I', schemaname, sequencename)::regclass,
                   greatest(last_value, (extract(epoch from clock_timestamp()) * 1000000)::bigint))
       from pg_sequences where schemaname = 'public'`
  )
  await client.query('commit')
}

/** The newest moment that a database shows: the time of the last heartbeat that it has. */
export async function shownUntil(client: Client): Promise<Date> {
  const { rows } = await client.query<{ at: Date }>('select at from heartbeat')
  return rows[0]!.at
}

/** The --since of npm run reconcile: the database may lack later charges. Five minutes earlier, because clocks differ. */
export const reconcileSince = (shown: Date) => new Date(shown.getTime() - 5 * 60_000).toISOString()
