import { rmSync } from 'node:fs'
import path from 'node:path'
import { archiveOf, backupsOf, listBackups, clustersIn, names } from '../stack/postgres/backups.ts'

/**
 * Keeps the newest `kept` backups of this cluster, and its write-ahead log since the oldest of them. Backups of other
 * clusters, from before a promotion, are kept for as many days.
 *
 * @returns how many backups were removed
 */
export function retire(backups: string, cluster: string, kept: number): number {
  const own = listBackups(backups, [cluster])
  const old = new Date(Date.now() - kept * 24 * 60 * 60_000).toISOString()
  const others = listBackups(
    backups,
    clustersIn(backups).filter((one) => one !== cluster)
  )
  const retired = [...own.slice(kept), ...others.filter(({ taken_at }) => taken_at < old)]
  for (const { folder } of retired) remove(folder)

  const oldest = own.slice(0, kept).at(-1)
  if (oldest) forgetLog(archiveOf(backups, cluster), oldest.start_wal)
  for (const one of new Set(others.map((backup) => backup.life)))
    if (listBackups(backups, [one]).length === 0) remove(backupsOf(backups, one))
  return retired.length
}

/** A segment's name is its timeline, which says nothing about its age, and then its position in the log. */
const position = (name: string) => name.slice(8, 24)

function forgetLog(archive: string, start_wal: string): void {
  for (const name of names(archive))
    if (/^[0-9A-F]{24}[.]/.test(name) && position(name) < position(start_wal))
      remove(path.join(archive, name))
}

const remove = (folder: string) => rmSync(folder, { recursive: true, force: true })
