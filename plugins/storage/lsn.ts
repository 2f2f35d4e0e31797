import { sql, type Kysely } from 'kysely'
import type { Database } from '../../sql/types.ts'
import { statement } from './statement.ts'

/** A position in the primary's log: 16 hexadecimal digits, so that string order is number order, in Redis too. */
export type Lsn = string

/** Before every change: for a reader that has seen nothing yet. */
export const noLsn: Lsn = '0'.repeat(16)

/** After every change. */
export const lastLsn: Lsn = 'f'.repeat(16)

/** From PostgreSQL's form, two hexadecimal halves: 0/16B3748. */
export const lsnFrom = (text: string): Lsn =>
  text
    .split('/')
    .map((half) => half.toLowerCase().padStart(8, '0'))
    .join('')

/** PostgreSQL's form again, for use in psql. */
export const lsnText = (lsn: Lsn) =>
  [lsn.slice(0, 8), lsn.slice(8)]
    .map((half) => Number(`0x${half}`).toString(16).toUpperCase())
    .join('/')

/** Bytes of log from one position to a later one; 0 if it is not later. */
export const bytesBetween = (from: Lsn, to: Lsn) =>
  Math.max(0, Number(BigInt(`0x${to}`) - BigInt(`0x${from}`)))

export const later = (a: Lsn, b: Lsn): Lsn => (a > b ? a : b)

/**
 * The primary's position: at or after everything that an earlier statement has committed or seen. It is the insert
 * position, since the written position may be behind a commit that did not wait for the disk.
 */
export async function currentLsn(db: Kysely<Database>): Promise<Lsn> {
  const [row] = await findLsn(db)
  return lsnFrom(row!.lsn)
}

const findLsn = statement(
  (_db: Kysely<Database>) => sql<{ lsn: string }>`select pg_current_wal_insert_lsn()::text as lsn`
)
