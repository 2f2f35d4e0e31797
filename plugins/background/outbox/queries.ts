import { sql, type Kysely } from 'kysely'
import type { Database, Reader } from '../../../sql/types.ts'

export type Row = Awaited<ReturnType<typeof findFresh>>[number]

/** An event that a sink refused this often is parked for it. */
export const mostAttempts = 10

const columns = [
  'outbox.seq',
  'outbox.id',
  'outbox.aggregatetype',
  'outbox.aggregateid',
  'outbox.version',
  'outbox.type',
  'outbox.payload',
  'outbox.created_at'
] as const

export const aggregateOf = ({ aggregatetype, aggregateid }: Row) =>
  `${aggregatetype} ${aggregateid}`

/** sql/functions/event_sinks.sql, as often as it takes. The sink gets what waits in the outbox. */
export async function addSink(db: Kysely<Database>, name: string): Promise<void> {
  const most = 5000
  for (let after: number | null = 0; after !== null;) {
    const found: { rows: { last: number | null }[] } = await sql<{ last: number | null }>`
      select add_event_sink(p_name => ${name}, p_after => ${after}::bigint, p_limit => ${most}::int) as last`.execute(
      db
    )
    after = found.rows[0]!.last
  }
}

type Claim = { owner: string; lease_ms: number; tried: number[]; effects_first: boolean }

const lease = (ms: number) => sql`${`${ms} milliseconds`}::interval`

/** sql/functions/claim_partition.sql; without a partition there are no new events to relay. */
export async function claimPartition(
  db: Kysely<Database>,
  { owner, lease_ms, tried, effects_first }: Claim,
  sinks: string[]
) {
  const { rows } = await sql<{ partition: number | null; in_step: string[]; backlog: string[] }>`
    select * from claim_partition(
      p_owner => ${owner}::uuid, p_lease => ${lease(lease_ms)}, p_tried => ${tried}::int[],
      p_sinks => ${sinks}::text[], p_effects_first => ${effects_first}::boolean)`.execute(db)
  return rows[0]!
}

/** sql/functions/claim_backlog.sql; null: the sink has no backlog, or other relays are sending it. */
export async function claimBacklog(
  db: Kysely<Database>,
  { owner, lease_ms, tried, effects_first }: Claim,
  sink: string
): Promise<number | null> {
  const { rows } = await sql<{ partition: number | null }>`
    select claim_backlog(
      p_owner => ${owner}::uuid, p_lease => ${lease(lease_ms)}, p_tried => ${tried}::int[],
      p_sink => ${sink}::text, p_effects_first => ${effects_first}::boolean) as partition`.execute(
    db
  )
  return rows[0]!.partition
}

/**
 * The oldest new events of a partition. Always from the beginning: a number that is drawn early may be committed late.
 */
export const findFresh = (db: Reader, partition: number, limit: number) =>
  db
    .selectFrom('outbox')
    .select(columns)
    .where('partition', '=', partition)
    .where('distributed', '=', false)
    .orderBy('seq')
    .limit(limit)
    .execute()

/** The oldest events of a partition that a sink lacks, from a number on, except those of aggregates that are left alone. */
export const findBacklog = (
  db: Reader,
  sink: string,
  partition: number,
  { after, stopped }: { after: number; stopped: string[] },
  limit: number
) =>
  db
    .selectFrom('outbox_deliveries')
    .innerJoin('outbox', 'outbox.seq', 'outbox_deliveries.seq')
    .select(columns)
    .where('outbox_deliveries.sink', '=', sink)
    .where('outbox_deliveries.partition', '=', partition)
    .where('outbox_deliveries.parked_at', 'is', null)
    .where('outbox_deliveries.seq', '>', after)
    .where(
      sql<string>`outbox.aggregatetype || ' ' || outbox.aggregateid`,
      '<>',
      sql<string>`all (${stopped}::text[])`
    )
    .orderBy('outbox_deliveries.seq')
    .limit(limit)
    .execute()

/** sql/functions/settle_events.sql: these new events were taken by these sinks. */
export const settleEvents = (db: Kysely<Database>, seqs: number[], sinks: string[]) =>
  sql`select settle_events(p_seqs => ${seqs}::bigint[], p_sinks => ${sinks}::text[])`.execute(db)

/** The same file: the sink has these events of its backlog. */
export const settleBacklog = (db: Kysely<Database>, sink: string, seqs: number[]) =>
  sql`select settle_backlog(p_sink => ${sink}::text, p_seqs => ${seqs}::bigint[])`.execute(db)

/** Attempts are counted so far: an event that is never parked is tried for as long as it takes. */
const mostCounted = 1000

/** The sink refused an event of its backlog once more. @returns how often it has; the event is parked if it `parks` */
export async function countRefusal(
  db: Kysely<Database>,
  sink: string,
  seq: number,
  parks: boolean
): Promise<number | undefined> {
  const row = await db
    .updateTable('outbox_deliveries')
    .set({
      attempts: sql`least(attempts + 1, ${mostCounted}::int)`,
      parked_at: sql`case when ${parks}::boolean and attempts + 1 >= ${mostAttempts}::int
                          then clock_timestamp() end`
    })
    .where('seq', '=', seq)
    .where('sink', '=', sink)
    .where('parked_at', 'is', null)
    .returning('attempts')
    .executeTakeFirst()
  return row?.attempts
}

/** Gives the lease on new events back, if this relay still has it. */
export const releasePartition = (db: Kysely<Database>, partition: number, owner: string) =>
  db
    .updateTable('outbox_partition')
    .set({ owner: null, lease_until: sql`clock_timestamp()` })
    .where('partition', '=', partition)
    .where('owner', '=', owner)
    .execute()

/** Gives the lease on a sink's backlog back, if this relay still has it. */
export const releaseBacklog = (
  db: Kysely<Database>,
  sink: string,
  partition: number,
  owner: string
) =>
  db
    .updateTable('outbox_leases')
    .set({ owner: null, lease_until: sql`clock_timestamp()` })
    .where('sink', '=', sink)
    .where('partition', '=', partition)
    .where('owner', '=', owner)
    .execute()
