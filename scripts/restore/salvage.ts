import { copyFileSync, existsSync } from 'node:fs'
import path from 'node:path'
import { lifeOf, names } from '../stack/postgres/backups.ts'
import { own } from '../stack/postgres/cluster.ts'

/**
 * The last minute of log may not have left the old cluster yet: while its folder is there, what the archive lacks comes
 * from it. Files that were made ahead hold older log, which recovery knows by its addresses.
 */
export function salvage(old: string, restored: string, archive: string): void {
  if (!existsSync(path.join(old, 'global', 'pg_control')) || lifeOf(old) !== lifeOf(restored))
    return
  for (const name of names(path.join(old, 'pg_wal'))) {
    if (!/^[0-9A-F]{24}$/.test(name) || existsSync(path.join(archive, `${name}.gz`))) continue
    const copy = path.join(restored, 'pg_wal', name)
    copyFileSync(path.join(old, 'pg_wal', name), copy)
    own(copy)
  }
}
