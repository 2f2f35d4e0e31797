import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readSync, rmSync } from 'node:fs'
import path from 'node:path'
import { readJson, writeJson } from '../supervisor/files.ts'
import { own } from './cluster.ts'
import { checkReach } from '../supervisor/privilege.ts'

/*
 * backups/
 *   latest.json                the newest that was verified: what nodes measure its age by
 *   <life>/wal/<name>.gz       the log of one primary since its oldest backup, kept by archive.sh
 *   <life>/<time>/             one backup: base.tar.gz, pg_wal.tar.gz, backup_manifest, shop.dump,
 *                              SHA256SUMS over all of them, backup.json
 * A life is PostgreSQL's system identifier: a promoted replica is another cluster, whose log has the same names.
 */

export type Backup = {
  folder: string
  life: string
  /** When it was begun, and from when on one can go back to any time with it; the database's clock, ISO 8601. */
  taken_at: string
  finished_at: string
  verified_at: string
  /** The first file of the log that it needs. */
  start_wal: string
  bytes: number
  postgres: string
  /** A restore went back to before it: what it is of was left behind, and is reached by `--timeline` only. */
  is_abandoned?: boolean
}

export const lifeFolder = (backups: string, life: string) => path.join(backups, life)
export const archiveOf = (backups: string, life: string) =>
  path.join(lifeFolder(backups, life), 'wal')

/** Makes the folder of a cluster's log, where its primary can write. */
export function openArchive(backups: string, data: string): string {
  const archive = archiveOf(backups, lifeOf(data))
  if (!existsSync(archive)) {
    // Others may pass through (PostgreSQL's user does), not look around.
    mkdirSync(path.dirname(archive), { recursive: true, mode: 0o711 })
    mkdirSync(archive, { mode: 0o700 })
    own(path.dirname(archive))
    own(archive)
  }
  checkReach(archive)
  return archive
}

/** The system identifier of a cluster that may be stopped: the first eight bytes of its control file. */
export function lifeOf(data: string): string {
  const file = openSync(path.join(data, 'global', 'pg_control'), 'r')
  try {
    const bytes = Buffer.alloc(8)
    readSync(file, bytes)
    return bytes.readBigUInt64LE().toString()
  } finally {
    closeSync(file)
  }
}

export const livesIn = (backups: string) => names(backups).filter((name) => /^\d+$/.test(name))

/** The verified backups of one life, or of all of them; the newest first. */
export function listBackups(backups: string, lives = livesIn(backups)): Backup[] {
  const found = lives.flatMap((life) => {
    const folder = lifeFolder(backups, life)
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

/** Tells the nodes which backup is the newest that can be used. */
export function noteLatest(backups: string): void {
  const newest = listBackups(backups).find(({ is_abandoned }) => !is_abandoned)
  // Nodes may be another user.
  if (newest) writeJson(latest(backups), newest, 0o644)
}

/** In milliseconds; Infinity: there is none. */
export function ageOfLatest(backups: string): number {
  const newest = readJson<Backup>(latest(backups))
  return newest ? Date.now() - Date.parse(newest.taken_at) : Infinity
}

/** Tells the nodes that there is none. */
export const forgetLatest = (backups: string) => rmSync(latest(backups), { force: true })

export function names(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
