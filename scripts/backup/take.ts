import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Client } from 'pg'
import { backupsOf, noteLatest, type Backup } from '../stack/postgres/backups.ts'
import { postgresBin } from '../stack/supervisor/binaries.ts'
import { writeJson } from '../stack/supervisor/files.ts'
import { giveToPostgres, toolEnvironment } from '../stack/postgres/cluster.ts'
import { makeFolder } from '../stack/supervisor/make-folder.ts'
import { checkReach } from '../stack/supervisor/privilege.ts'
import { run } from '../stack/supervisor/run.ts'
import { sign, writeSums, type SignedFacts } from './sums.ts'
import { verify } from './verify.ts'

const most_ms = 4 * 60 * 60_000

/**
 * Takes one backup of the primary: the cluster's files, from which any later time can be restored with the write-ahead log,
 * and a dump of its rows, which any PostgreSQL reads. The backup's folder appears only when it is complete, verified and
 * signed with `key`.
 */
export async function take(
  client: Client,
  url: string,
  { backups, key }: { backups: string; key: string }
): Promise<Backup> {
  const { cluster, now: taken_at, version } = await ask(client)
  const home = backupsOf(backups, cluster)
  makeFolder(home, 'HOLDFAST_BACKUPS')
  checkReach(home)
  for (const name of readdirSync(home)) if (name.endsWith('.draft')) remove(path.join(home, name))
  const folder = path.join(home, taken_at.replaceAll(/[-:.]/g, ''))
  const draft = `${folder}.draft`
  mkdirSync(draft, { mode: 0o700 })
  giveToPostgres(draft)
  try {
    await copy(url, draft)
    const { now: finished_at } = await ask(client)
    await dump(url, draft)
    await writeSums(draft)
    const { start_wal } = await verify(draft)
    const backup: SignedFacts = {
      life: cluster,
      taken_at,
      finished_at,
      verified_at: new Date().toISOString(),
      start_wal,
      bytes: readdirSync(draft).reduce((sum, one) => sum + statSync(path.join(draft, one)).size, 0),
      postgres: version
    }
    sign(draft, backup, key)
    writeJson(path.join(draft, 'backup.json'), backup)
    renameSync(draft, folder)
    noteLatest(backups)
    return { ...backup, folder }
  } catch (err) {
    remove(draft)
    throw err
  }
}

async function ask(client: Client) {
  const { rows } = await client.query<{ cluster: string; now: Date; version: string }>(
    `select system_identifier::text as cluster, clock_timestamp() as now,
            current_setting('server_version') as version
       from pg_control_system()`
  )
  const { now, ...rest } = rows[0]!
  return { ...rest, now: now.toISOString() }
}

/** Copies the cluster's files, and the write-ahead log of that time: a cluster of these files starts without the archive. */
async function copy(url: string, draft: string): Promise<void> {
  const program = path.join(postgresBin(), 'pg_basebackup')
  const how = ['-Ft', '--compress=client-gzip:1', '-X', 'stream', '--checkpoint=fast']
  const words = [program, '-D', draft, ...how, '--manifest-checksums=SHA256', '--no-password']
  await run(words, { asPostgres: true, ms: most_ms, env: toolEnvironment(url) })
}

async function dump(url: string, draft: string): Promise<void> {
  const program = path.join(postgresBin(), 'pg_dump')
  const file = path.join(draft, 'shop.dump')
  const words = [program, '-Fc', '-Z1', '-f', file, '--no-password']
  await run(words, { asPostgres: true, ms: most_ms, env: toolEnvironment(url) })
  chmodSync(file, 0o600)
}

const remove = (folder: string) => rmSync(folder, { recursive: true, force: true })
