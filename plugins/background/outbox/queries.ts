import { sql, type Kysely } from 'kysely'
import type { Database, Reader } from '../../../sql/types.ts'
import { statement } from '../../storage/statement.ts'

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

const lease = (ms: number) => `${ms} milliseconds`

/** sql/functions/claim_partition.sql; without a partition there are no new events to relay. */
export async function claimPartition(
  db: Kysely<Database>,
  { owner, lease_ms, tried, effects_first }: Claim,
  sinks: string[]
) {
  const [row] = await claimOf(db, { owner, lasts: lease(lease_ms), tried, sinks, effects_first })
  return row!
}

type LeaseOn = { owner: string; lasts: string; tried: number[]; effects_first: boolean }
type Claimed = { partition: number | null; in_step: string[]; backlog: string[] }

const claimOf = statement(
  (
    _db: Kysely<Database>,
    { owner, lasts, tried, sinks, effects_first }: LeaseOn & { sinks: string[] }
  ) => sql<Claimed>`
    select partition, in_step, backlog from claim_partition(
      p_owner => ${owner}::uuid, p_lease => ${lasts}::interval, p_tried => ${tried}::int[],
      p_sinks => ${sinks}::text[], p_effects_first => ${effects_first}::boolean)`
)

/** sql/functions/claim_backlog.sql; null: the sink has no backlog, or other relays are sending it. */
export async function claimBacklog(
  db: Kysely<Database>,
  { owner, lease_ms, tried, effects_first }: Claim,
  sink: string
): Promise<number | null> {
  const [row] = await claimBacklogOf(db, {
    owner,
    lasts: lease(lease_ms),
    tried,
    sink,
    effects_first
  })
  return row!.partition
}

const claimBacklogOf = statement(
  (
    _db: Kysely<Database>,
    { owner, lasts, tried, sink, effects_first }: LeaseOn & { sink: string }
  ) => sql<{ partition: number | null }>`
    select claim_backlog(
      p_owner => ${owner}::uuid, p_lease => ${lasts}::interval, p_tried => ${tried}::int[],
      p_sink => ${sink}::text, p_effects_first => ${effects_first}::boolean) as partition`
)

/**
 * The oldest new events of a partition. Always from the beginning: a number that is drawn early may be committed late.
 */
export const findFresh = statement(
  (db: Reader, { partition, limit }: { partition: number; limit: number }) =>
    db
      .selectFrom('outbox')
      .select(columns)
      .where('partition', '=', partition)
      .where((eb) => eb('distributed', '=', eb.lit(false)))
      .orderBy('seq')
      .limit(limit)
)

type BacklogFrom = {
  sink: string
  partition: number
  after: number
  stopped: string[]
  limit: number
}

/** The oldest events of a partition that a sink lacks, from a number on, except those of aggregates that are left alone. */
export const findBacklog = statement((db: Reader, from: BacklogFrom) =>
  db
    .selectFrom('outbox_deliveries')
    .innerJoin('outbox', 'outbox.seq', 'outbox_deliveries.seq')
    .select(columns)
    .where('outbox_deliveries.sink', '=', from.sink)
    .where('outbox_deliveries.partition', '=', from.partition)
    .where('outbox_deliveries.parked_at', 'is', null)
    .where('outbox_deliveries.seq', '>', from.after)
    .where(
      sql<string>`outbox.aggregatetype || ' ' || outbox.aggregateid`,
      '<>',
      sql<string>`all (${from.stopped}::text[])`
    )
    .orderBy('outbox_deliveries.seq')
    .limit(from.limit)
)

/** sql/functions/settle_events.sql: these new events were taken by these sinks. */
export const settleEvents = statement(
  (_db: Kysely<Database>, { seqs, sinks }: { seqs: number[]; sinks: string[] }) =>
    sql`select settle_events(p_seqs => ${seqs}::bigint[], p_sinks => ${sinks}::text[])`
)

/** The same file: the sink has these events of its backlog. */
export const settleBacklog = statement(
  (_db: Kysely<Database>, { sink, seqs }: { sink: string; seqs: number[] }) =>
    sql`select settle_backlog(p_sink => ${sink}::text, p_seqs => ${seqs}::bigint[])`
)

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
export const releasePartition = statement(
  (db: Kysely<Database>, { partition, owner }: { partition: number; owner: string }) =>
    db
      .updateTable('outbox_partition')
      .set({ owner: null, lease_until: sql`clock_timestamp()` })
      .where('partition', '=', partition)
      .where('owner', '=', owner)
)

/** Gives the lease on a sink's backlog back, if this relay still has it. */
export const releaseBacklog = statement(
  (
    db: Kysely<Database>,
    { sink, partition, owner }: { sink: string; partition: number; owner: string }
  ) =>
    db
      .updateTable('outbox_leases')
      .set({ owner: null, lease_until: sql`clock_timestamp()` })
      .where('sink', '=', sink)
      .where('partition', '=', partition)
      .where('owner', '=', owner)
)
