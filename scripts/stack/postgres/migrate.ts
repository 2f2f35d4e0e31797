import { appRole, connected } from './cluster.ts'
import { hashSessions, keepsNoIds } from './hash-sessions.ts'
import { lagReason } from './lag.ts'
import { caughtUp, refresh } from './replication.ts'
import { lockRetries as standard, type LockRetries } from './retry-on-lock.ts'
import { grantRole } from './roles.ts'
import { until } from '../supervisor/until.ts'
import { openSchema, type Schema } from './schema.ts'
import { sqlFiles, type SqlFile } from './sql-files.ts'

type Servers = {
  /** URLs of roles that may change the schema. */
  primary: string
  replicas: string[]
  /** The role that the nodes use. */
  role?: string
  sql?: URL
  /** Migrates even when a replica is far behind. */
  anyway?: boolean
  /** How far behind a replica may be, in ms. */
  behind_ms?: number
  lock_retries?: LockRetries
}

const ownFiles = new URL('../../../sql/', import.meta.url)

/**
 * Brings every server to the newest schema, file by file: replicas first, because replication stops at a replica that
 * lacks a column. A file that says `-- primary first` (checks, not null, unique, drops) is applied the other way round.
 * Functions and grants follow. Two migrators at once are safe: the second waits for the first. The shop may be open.
 *
 * @returns the names of the files that were applied
 * @throws before any change when there is a file to apply and a replica is too far behind; when a lock could not be taken,
 * which leaves the earlier files applied: run it again
 */
export async function migrate({
  primary,
  replicas,
  role = appRole,
  sql = ownFiles,
  anyway = false,
  behind_ms = 10_000,
  lock_retries = standard
}: Servers): Promise<string[]> {
  const files = await sqlFiles(sql, 'migrations')
  const functions = await sqlFiles(sql, 'functions')
  return connected(primary, async (lock) => {
    // Asked for again and again: an index that is built concurrently would wait for a statement that waits for the lock.
    await until(
      'another migrator',
      async () => {
        const { rows } = await lock.query<{ is_ours: boolean }>(
          `select pg_try_advisory_lock(hashtext('holdfast migrate')) as is_ours`
        )
        return rows[0]?.is_ours
      },
      120_000
    )
    const schemas: Schema[] = []
    try {
      const first = await openSchema('primary', primary, files, lock_retries)
      schemas.push(first)
      for (const url of replicas)
        schemas.push(await openSchema('replica', url, files, lock_retries))
      const lacking = files.some(({ name }) => schemas.some(({ executed }) => !executed.has(name)))
      if (lacking && !anyway) await refuseBehind(primary, replicas, behind_ms)
      const isNew = first.executed.size === 0
      const applied = await applyAll(first, schemas.slice(1), files)
      await Promise.all(schemas.map((schema) => schema.define(functions, files)))
      if (isNew) await keepsNoIds(lock)
      await hashSessions(lock)
      await Promise.all(schemas.map(({ url, role: where }) => grantRole(url, where, role)))
      await Promise.all(replicas.map((url) => refresh(url)))
      return applied
    } finally {
      await Promise.all(schemas.map((schema) => schema.close()))
    }
  })
}

/** A schema change waits behind the replica's queue: until then the primary and the replica would differ. */
async function refuseBehind(primary: string, replicas: string[], ms: number): Promise<void> {
  const found = await Promise.all(replicas.map((replica) => lagReason(primary, replica, ms)))
  const [first] = found.flatMap((reason, index) =>
    reason ? [`replica ${index + 1} ${reason}`] : []
  )
  if (first)
    throw new Error(
      `${first}: let it catch up, rebuild it (npm run replica:resync -- N), or say --anyway`
    )
}

async function applyAll(primary: Schema, replicas: Schema[], files: SqlFile[]): Promise<string[]> {
  const applied: string[] = []
  for (const file of files) {
    const lacking = (schema: Schema) => !schema.executed.has(file.name)
    const behind = replicas.filter(lacking)
    if (behind.length === 0 && !lacking(primary)) continue
    const onPrimary = async () => {
      if (lacking(primary)) await primary.apply(file)
    }
    const onReplicas = () => Promise.all(behind.map((replica) => replica.apply(file)))
    if (file.primaryFirst) {
      await onPrimary()
      // The replica must have applied the rows of the old schema before it changes its own.
      await Promise.all(behind.map((replica) => caughtUp(primary.url, replica.url)))
      await onReplicas()
    } else {
      await onReplicas()
      await onPrimary()
    }
    applied.push(file.name)
  }
  return applied
}
