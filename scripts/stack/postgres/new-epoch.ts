import { setTimeout } from 'node:timers/promises'
import type { Client } from 'pg'
import { v7 } from 'uuid'
import { skewMs } from '../../../plugins/background/reconciler/origin.ts'

/**
 * Begins a new epoch in a database that may lack the newest rows of the old primary. By the epoch the stock gate, the
 * cache and consistency tokens recognize entries of the old one, and the reconciler the charges of lost orders. Sequences are
 * not replicated, and a restored sequence may be behind the numbers that were used: they continue at the microseconds since
 * 1970, which no counter has reached.
 *
 * Called when the old primary is gone. The old epoch ends a little more than `skewMs` later: else the reconciler would take the
 * last charges before the call for those of an old primary that lives on.
 */
export async function beginEpoch(client: Client): Promise<void> {
  await setTimeout(skewMs + 100)
  await client.query('begin')
  await changeEpoch(client)
  await client.query(
    `select setval(format('%I.%I', schemaname, sequencename)::regclass,
                   greatest(last_value, (extract(epoch from clock_timestamp()) * 1000000)::bigint))
       from pg_sequences where schemaname = 'public'`
  )
  await client.query('commit')
}

/**
 * The table and `cluster` change together. By the table a charge of an ended epoch is ours if it was decided before this moment.
 * A backup of an earlier release has no such table: the migration makes it.
 */
async function changeEpoch(client: Client): Promise<void> {
  const epoch = v7()
  await client.query('update cluster set epoch = $1', [epoch])
  const { rows } = await client.query<{ known: boolean }>(
    `select to_regclass('public.epochs') is not null as known`
  )
  if (!rows[0]!.known) return
  await client.query('update epochs set ended_at = clock_timestamp() where ended_at is null')
  await client.query('insert into epochs (epoch, began_at) values ($1, clock_timestamp())', [epoch])
}

/** The newest moment that a database shows: the time of the last heartbeat that it has. */
export async function shownUntil(client: Client): Promise<Date> {
  const { rows } = await client.query<{ at: Date }>('select at from heartbeat')
  return rows[0]!.at
}

/** The --since of npm run reconcile: the database may lack later charges. Five minutes earlier, because clocks differ. */
const reconcileSince = (shown: Date) => new Date(shown.getTime() - 5 * 60_000).toISOString()

/** What an operator does after a restore or a promotion, in the order of the lines. */
export const nextSteps = (shown: Date, environment = '') => `next: npm start${environment}
      npm run reconcile -- --since ${reconcileSince(shown)} --cancel-returned
      which shows the charges of lost orders: repeat it with --give-back and their number, even if it is 0
      npm run backup`
