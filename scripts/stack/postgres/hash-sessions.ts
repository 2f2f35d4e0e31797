import type { ClientBase } from 'pg'

const batch = 1000

/**
 * Replaces the session ids of orders that are older than the migration to hashes, once. A batch is one statement, so that
 * no order is locked for long and the replicas keep up. A second run begins where an interrupted one had to stop.
 */
export async function hashSessions(primary: ClientBase, size = batch): Promise<void> {
  if (!(await isMigrated(primary))) return
  const { rows } = await primary.query<{ is_due: boolean }>(
    `select sessions_hashed_at is null and session_hashes_since is not null as is_due from cluster`
  )
  if (!rows[0]?.is_due) return
  for (let after: string | null = '00000000-0000-0000-0000-000000000000'; after;)
    after = await hashBatch(primary, after, size)
  await primary.query('update cluster set sessions_hashed_at = now()')
}

/** A database that was new has nothing of earlier releases beside it: no node looks for carts under the id of a session. */
export async function keepsNoIds(primary: ClientBase): Promise<void> {
  if (await isMigrated(primary))
    await primary.query('update cluster set session_hashes_since = null')
}

/** Migrations may have been applied up to an earlier one only. */
async function isMigrated(primary: ClientBase): Promise<boolean> {
  const { rows } = await primary.query(
    `select from pg_attribute where attrelid = to_regclass('cluster') and attname = 'sessions_hashed_at'`
  )
  return rows.length > 0
}

/** @returns the last id that was looked at; null: there are no more */
async function hashBatch(primary: ClientBase, after: string, size: number) {
  const { rows } = await primary.query<{ last: string | null }>(
    `with page as materialized (
       select id, session_hashed from orders where id > $1 order by id limit $2
     ), hashed as (
       update orders set session_id = hash_session(session_id), session_hashed = true
       where id in (select id from page where not session_hashed) and not session_hashed
     )
     select id as last from page order by id desc limit 1`,
    [after, size]
  )
  return rows[0]?.last ?? null
}
