import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, rmSync } from 'node:fs'
import path from 'node:path'
import { readJson, writeJson } from '../supervisor/files.ts'
import { giveToPostgres } from './cluster.ts'
import { makeFolder } from '../supervisor/make-folder.ts'
import { checkReach } from '../supervisor/privilege.ts'

/*
 * backups/
 *   latest.json                the newest verified backup, by which nodes measure the age of the backups
 *   <cluster>/wal/<name>.gz    one primary's write-ahead log since its oldest backup, written by archive.sh
 *   <cluster>/<time>/          one backup: base.tar.gz, pg_wal.tar.gz, backup_manifest, shop.dump,
 *                              SHA256SUMS over all of them, backup.json
 * <cluster> is PostgreSQL's system identifier: a promoted replica is another cluster, whose log has the same names.
 */

export type Backup = {
  folder: string
  /** The system identifier of its cluster, under the name that the first releases gave it in backup.json. */
  life: string
  /** When it was started, by the database's clock, ISO 8601. */
  taken_at: string
  finished_at: string
  verified_at: string
  /** The first segment of the write-ahead log that it needs. */
  start_wal: string
  bytes: number
  postgres: string
  /** A restore went back to a time before it: it belongs to an old timeline, and is used only with `--timeline`. */
  is_abandoned?: boolean
}

/** The folder of one cluster's backups, by its system identifier. */
export const backupsOf = (backups: string, cluster: string) => path.join(backups, cluster)
/** The folder of one cluster's archived write-ahead log. */
export const archiveOf = (backups: string, cluster: string) =>
  path.join(backupsOf(backups, cluster), 'wal')

/** Creates the folder of a cluster's write-ahead log, which its primary can write to. */
export function openArchive(backups: string, data: string): string {
  const archive = archiveOf(backups, systemIdentifierOf(data))
  if (!existsSync(archive)) {
    makeFolder(path.dirname(archive), 'HOLDFAST_BACKUPS')
    mkdirSync(archive, { mode: 0o700 })
    giveToPostgres(path.dirname(archive))
    giveToPostgres(archive)
  }
  checkReach(archive)
  return archive
}

/** The system identifier of a cluster, running or stopped: the first eight bytes of its control file. */
export function systemIdentifierOf(data: string): string {
  const file = openSync(path.join(data, 'global', 'pg_control'), 'r')
  try {
    const bytes = Buffer.alloc(8)
    readSync(file, bytes)
    return bytes.readBigUInt64LE().toString()
  } finally {
    closeSync(file)
  }
}

/** The system identifiers of the clusters that have backups. */
export const clustersIn = (backups: string) => names(backups).filter((name) => /^\d+$/.test(name))

/** The verified backups of these clusters, or of all of them; the newest first. */
export function listBackups(backups: string, clusters = clustersIn(backups)): Backup[] {
  const found = clusters.flatMap((cluster) => {
    const folder = backupsOf(backups, cluster)
    return names(folder).flatMap((name) => {
      const backup = readJson<Backup>(path.join(folder, name, 'backup.json'))
      return backup && !name.endsWith('.draft')
        ? [{ ...backup, folder: path.join(folder, name) }]
        : []
    })
  })
  return found.toSorted((a, b) => (a.taken_at < b.taken_at ? 1 : -1))
}

const latest = (backups: string) => path.join(backups, 'latest.json')

/** Writes latest.json: which backup is the newest usable one. */
export function noteLatest(backups: string): void {
  const newest = listBackups(backups).find(({ is_abandoned }) => !is_abandoned)
  // Nodes may run as another user.
  if (newest) writeJson(latest(backups), newest, 0o644)
}

/** The age of the newest backup in milliseconds; Infinity: there is none. */
export function ageOfLatest(backups: string): number {
  const newest = readJson<Backup>(latest(backups))
  return newest ? Date.now() - Date.parse(newest.taken_at) : Infinity
}

/** Removes latest.json: there is no usable backup. */
export const forgetLatest = (backups: string) => rmSync(latest(backups), { force: true })

export function names(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
