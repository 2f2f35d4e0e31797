import { parseArgs } from 'node:util'
import { appRole, connected } from './stack/postgres/cluster.ts'
import { grantRole } from './stack/postgres/roles.ts'
import { lagReason } from './stack/postgres/lag.ts'
import { lockRetries as standard, type LockRetries } from './stack/postgres/retry-on-lock.ts'
import { caughtUp, refresh } from './stack/postgres/replication.ts'
import { openSchema, sqlFiles, type Schema, type SqlFile } from './stack/postgres/schema.ts'

type Servers = {
  /** URLs of roles that may change the schema. */
  primary: string
  replicas: string[]
  /** The one that the nodes use. */
  role?: string
  sql?: URL
  /** Also when a replica is far behind. */
  anyway?: boolean
  /** For how long a replica may be behind before it counts. */
  behind_ms?: number
  patience?: LockRetries
}

const ours = new URL('../sql/', import.meta.url)

/**
 * Brings every server to the newest schema, file by file: replicas first, since a replica that lacks a column stops;
 * a file that says `-- primary first` (checks, not null, unique, drops) the other way round.
 * Then functions and grants. Two at once are safe: the second waits for the first. The shop may be open meanwhile.
 *
 * @throws when there is something to do and a replica is too far behind, before anything is done; when a lock was not to
 * be had, which leaves the files before this one in place: run it again
 */
export async function migrate({
  primary,
  replicas,
  role = appRole,
  sql = ours,
  anyway = false,
  behind_ms = 10_000,
  patience = standard
}: Servers): Promise<string[]> {
  const files = await sqlFiles(sql, 'migrations')
  const functions = await sqlFiles(sql, 'functions')
  return connected(primary, async (lock) => {
    await lock.query(`set lock_timeout = '2min'`)
    await lock.query(`select pg_advisory_lock(hashtext('holdfast migrate'))`)
    const schemas: Schema[] = []
    try {
      const first = await openSchema('primary', primary, files, patience)
      schemas.push(first)
      for (const url of replicas) schemas.push(await openSchema('replica', url, files, patience))
      const lacking = files.some(({ name }) => schemas.some(({ executed }) => !executed.has(name)))
      if (lacking && !anyway) await refuseBehind(primary, replicas, behind_ms)
      const applied = await applyAll(first, schemas.slice(1), files)
      await Promise.all(schemas.map((schema) => schema.define(functions, files)))
      await Promise.all(schemas.map(({ url, role: where }) => grantRole(url, where, role)))
      await Promise.all(replicas.map((url) => refresh(url)))
      return applied
    } finally {
      await Promise.all(schemas.map((schema) => schema.close()))
    }
  })
}

/** A change that has to reach a replica behind a long queue would leave the two apart for as long. */
async function refuseBehind(primary: string, replicas: string[], ms: number): Promise<void> {
  const found = await Promise.all(replicas.map((replica) => lagReason(primary, replica, ms)))
  const [one] = found.flatMap((why, index) => (why ? [`replica ${index + 1} ${why}`] : []))
  if (one)
    throw new Error(
      `${one}: let it catch up, rebuild it (npm run replica:resync -- N), or say --anyway`
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
      // Rows written under the old schema must have arrived before the replica forgets it.
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

async function main() {
  const { values } = parseArgs({ options: { anyway: { type: 'boolean', default: false } } })
  const { PRIMARY_ADMIN_URL, PRIMARY_URL, REPLICA_ADMIN_URLS, REPLICA_URLS } = process.env
  const primary = PRIMARY_ADMIN_URL || PRIMARY_URL
  if (!primary)
    throw new Error('set PRIMARY_ADMIN_URL or PRIMARY_URL to the database that is to be migrated')
  const replicas = (REPLICA_ADMIN_URLS || REPLICA_URLS || '').split(',').filter(Boolean)
  const user = PRIMARY_URL && decodeURIComponent(new URL(PRIMARY_URL).username)
  const applied = await migrate({ primary, replicas, ...values, ...(user ? { role: user } : {}) })
  console.log(applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to do')
}

if (import.meta.main) {
  await main().catch((err: Error) => {
    console.error(`migrate: ${err.message}`)
    process.exitCode = 1
  })
}
