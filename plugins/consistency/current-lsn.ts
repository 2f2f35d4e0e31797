import { sql, type Kysely } from 'kysely'
import type { Database } from '../../sql/types.ts'
import { lsnFrom, type Lsn } from '../lsn.ts'

/**
 * Where the primary stands: at or after everything that a statement before this one has committed or seen. The insert
 * position; the written one may be behind a commit that did not wait for the disk.
 */
export async function currentLsn(db: Kysely<Database>): Promise<Lsn> {
  const { rows } = await sql<{ lsn: string }>`
    select pg_current_wal_insert_lsn()::text as lsn`.execute(db)
  return lsnFrom(rows[0]!.lsn)
}
