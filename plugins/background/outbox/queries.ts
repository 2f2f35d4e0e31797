import { sql, type Kysely } from 'kysely'
import type { Database, Reader } from '../../../sql/types.ts'

export type Row = Awaited<ReturnType<typeof findWaiting>>[number]

/** An event that was refused this often is parked. */
export const mostAttempts = 10

/** sql/functions/claim_partition.sql; undefined: there is nothing to do. */
export async function claimPartition(
  db: Kysely<Database>,
  owner: string,
  lease_ms: number,
  tried: number[]
): Promise<number | undefined> {
  const { rows } = await sql<{ partition: number | null }>`
    select claim_partition(${owner}::uuid, ${`${lease_ms} milliseconds`}::interval, ${tried}::int[]) as partition`.execute(
    db
  )
  return rows[0]!.partition ?? undefined
}

/**
 * The oldest events of a partition, but for those of aggregates that are left alone for now. Always from the beginning:
 * a number that is drawn early may be committed late.
 */
export const findWaiting = (db: Reader, partition: number, skipped: string[], limit: number) =>
  db
    .selectFrom('outbox')
    .select([
      'seq',
      'id',
      'aggregatetype',
      'aggregateid',
      'version',
      'type',
      'payload',
      'created_at'
    ])
    .where('partition', '=', partition)
    .where('parked_at', 'is', null)
    .where(
      sql<string>`aggregatetype || ' ' || aggregateid`,
      '<>',
      sql<string>`all (${skipped}::text[])`
    )
    .orderBy('seq')
    .limit(limit)
    .execute()

/** The sink has them. */
export const removeDelivered = (db: Kysely<Database>, seqs: number[]) =>
  db
    .deleteFrom('outbox')
    .where('seq', '=', sql<number>`any (${seqs}::bigint[])`)
    .execute()

/** The sink refused it once more. @returns whether it is parked now */
export async function countRefusal(db: Kysely<Database>, seq: number): Promise<boolean> {
  const row = await db
    .updateTable('outbox')
    .set({
      attempts: sql`attempts + 1`,
      parked_at: sql`case when attempts + 1 >= ${mostAttempts}::int then clock_timestamp() end`
    })
    .where('seq', '=', seq)
    .where('parked_at', 'is', null)
    .returning('parked_at')
    .executeTakeFirst()
  return row?.parked_at != null
}

/** Gives a partition back, if it is this owner's still. */
export const releasePartition = (db: Kysely<Database>, partition: number, owner: string) =>
  db
    .updateTable('outbox_partition')
    .set({ owner: null, lease_until: sql`clock_timestamp()` })
    .where('partition', '=', partition)
    .where('owner', '=', owner)
    .execute()

/** How much is in the outbox, and since when. */
export const measureOutbox = (db: Reader) =>
  db
    .selectFrom('outbox')
    .select([
      sql<number>`count(*) filter (where parked_at is null)`.as('waiting'),
      sql<number>`count(parked_at)`.as('parked'),
      sql<number>`coalesce(extract(epoch from clock_timestamp() - min(created_at) filter (where parked_at is null)), 0)::float8`.as(
        'oldest_seconds'
      )
    ])
    .executeTakeFirstOrThrow()
