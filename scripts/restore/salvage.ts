import { copyFileSync, existsSync } from 'node:fs'
import path from 'node:path'
import { systemIdentifierOf, names } from '../stack/postgres/backups.ts'
import { giveToPostgres } from '../stack/postgres/cluster.ts'

/**
 * Copies write-ahead log that the archive lacks from the old cluster, while its folder exists: the last minute may not have
 * been archived. Segments that PostgreSQL prepared in advance hold older log, which recovery recognizes and ignores.
 */
export function salvage(old: string, restored: string, archive: string): void {
  if (
    !existsSync(path.join(old, 'global', 'pg_control')) ||
    systemIdentifierOf(old) !== systemIdentifierOf(restored)
  )
    return
  for (const name of names(path.join(old, 'pg_wal'))) {
    if (!/^[0-9A-F]{24}$/.test(name) || existsSync(path.join(archive, `${name}.gz`))) continue
    const copy = path.join(restored, 'pg_wal', name)
    copyFileSync(path.join(old, 'pg_wal', name), copy)
    giveToPostgres(copy)
  }
}
