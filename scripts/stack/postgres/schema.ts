import { createHash } from 'node:crypto'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { DatabaseError, Pool } from 'pg'
import { postgresConnection } from '../../../plugins/lib/postgres-connection.ts'
import { retryOnLock, type LockRetries } from './retry-on-lock.ts'
import type { SqlFile } from './sql-files.ts'

/** The schema of the migrator's own tables: every server has its own, unpublished. */
const meta = 'meta'

export type Role = 'primary' | 'replica'

/** The schema of one server. */
export type Schema = {
  role: Role
  url: string
  executed: Set<string>
  apply(file: SqlFile): Promise<void>
  define(functions: SqlFile[], migrations: SqlFile[]): Promise<void>
  close(): Promise<void>
}

/** Opens the schema of one server. `retries`: how often to try for locks that requests of the open shop hold. */
export async function openSchema(
  role: Role,
  url: string,
  files: SqlFile[],
  retries: LockRetries
): Promise<Schema> {
  // Migrations may write on a replica. A migration that waits for a lock blocks every later query: so it waits briefly.
  const pool = new Pool({
    ...postgresConnection(
      url,
      `-c default_transaction_read_only=off -c lock_timeout=${retries.lock_ms}`
    ),
    max: 2
  })
  pool.on('error', () => {})
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  const provider = {
    getMigrations: async () =>
      Object.fromEntries(files.map((file) => [file.name, step(role, file)]))
  }
  const migrator = new Migrator({ db, provider, migrationTableSchema: meta })
  const close = () => db.destroy()

  try {
    const all = await migrator.getMigrations()
    const executed = new Set(all.filter(({ executedAt }) => executedAt).map(({ name }) => name))
    return {
      role,
      url,
      executed,
      async apply(file) {
        if (file.concurrently) await buildConcurrently(pool, file, role)
        // One file, one transaction: a value that one file adds to an enum may be used by the next.
        await retryOnLock(retries, async () => {
          if (file.inBatches && role === 'primary') await run(db, file, role)
          const { error } = await migrator.migrateUp()
          if (error) throw withPlace(error, file, role)
        })
        executed.add(file.name)
      },
      define: (functions, migrations) =>
        retryOnLock(retries, () => define(db, role, functions, migrations)),
      close
    }
  } catch (err) {
    await close()
    throw err
  }
}

/**
 * On a replica a file of rows is marked as applied without being run: its rows arrive by replication, and a row that both
 * servers insert would stop replication. The mark makes the history of a promoted replica complete.
 */
function step(role: Role, file: SqlFile) {
  const up = async (db: Kysely<unknown>) => {
    // A file that is run outside this transaction has been run before it, which only notes it.
    if (file.inBatches || file.concurrently || (role === 'replica' && file.rows)) return
    await sql.raw(file.text).execute(db)
  }
  return { up }
}

/**
 * Runs the statements of a file, which blank lines separate, one by one. Each can be repeated. Building an index waits for
 * the transactions that are open, and no statement of the shop waits for it: so it may wait longer than other migrations.
 */
async function buildConcurrently(pool: Pool, file: SqlFile, role: Role): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query(`set lock_timeout = '5min'`)
    for (const statement of file.text.split(/\n\s*\n/)) await client.query(statement)
  } catch (err) {
    throw withPlace(err, file, role)
  } finally {
    client.release(true)
  }
}

async function run(db: Kysely<unknown>, file: SqlFile, role: Role): Promise<void> {
  await sql
    .raw(file.text)
    .execute(db)
    .catch((err: unknown) => {
      throw withPlace(err, file, role)
    })
}

/** Replaces all functions and views in one transaction, when one of them or the schema has changed. */
async function define(
  db: Kysely<unknown>,
  role: Role,
  functions: SqlFile[],
  migrations: SqlFile[]
): Promise<void> {
  const hash = createHash('sha256')
  for (const { name } of migrations) hash.update(`${name}\n`)
  for (const { name, text } of functions) hash.update(`${name}\n${text}\n`)
  const wanted = hash.digest('hex')

  await db.transaction().execute(async (trx) => {
    if (await isDefined(trx, wanted)) return
    await sql`create schema if not exists meta`.execute(trx)
    await sql`create table if not exists meta.functions (
      only_row boolean primary key default true check (only_row),
      hash text not null
    )`.execute(trx)
    for (const file of functions) await run(trx, file, role)
    await sql`insert into meta.functions (hash) values (${wanted})
      on conflict (only_row) do update set hash = excluded.hash`.execute(trx)
  })
}

/** A query first, so that a role that may only read can find that there is nothing to do. */
async function isDefined(db: Kysely<unknown>, wanted: string): Promise<boolean> {
  const table = await sql`select where to_regclass('meta.functions') is not null`.execute(db)
  if (table.rows.length === 0) return false
  const { rows } = await sql<{ hash: string }>`select hash from meta.functions`.execute(db)
  return rows[0]?.hash === wanted
}

/** Adds file, line and server to an error: PostgreSQL reports only a position in characters. */
function withPlace(error: unknown, file: SqlFile, role: Role): Error {
  if (!(error instanceof Error)) return new Error(`${file.path} on the ${role}: ${String(error)}`)
  const position = error instanceof DatabaseError ? Number(error.position) : Number.NaN
  const line = Number.isNaN(position) ? '' : `:${file.text.slice(0, position).split('\n').length}`
  // Which rows are in the way of a unique index.
  const detail = error instanceof DatabaseError && error.code === '23505' ? ` ${error.detail}` : ''
  const message = `${file.path}${line} on the ${role}: ${error.message}${detail}`
  return new Error(message, { cause: error })
}
