import type { Client } from 'pg'
import { v7 } from 'uuid'

/**
 * Makes a primary of a database that may lack the newest rows of the one before it. The epoch tells everybody outside
 * (gate, cache, tokens) that what they know is of another life. Sequences are not replicated, and a restored one may be
 * behind what was handed out: they go on at the microseconds since 1970, which no sequence that counts can have reached.
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

/** The newest moment that a database shows: when the last heartbeat was written that reached it. */
export async function shownUntil(client: Client): Promise<Date> {
  const { rows } = await client.query<{ at: Date }>('select at from heartbeat')
  return rows[0]!.at
}

/** For reconcile: from when on the provider may know charges that the database has lost. Clocks differ. */
export const reconcileSince = (shown: Date) => new Date(shown.getTime() - 5 * 60_000).toISOString()
