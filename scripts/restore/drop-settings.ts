import { copyFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { giveToPostgres } from '../stack/postgres/cluster.ts'
import { root } from '../stack/supervisor/root.ts'

/**
 * Replaces the configuration in the files of a backup: it can name programs that PostgreSQL runs and clients that need no
 * password, pg_verifybackup does not check it, and a restore needs none of it. `postgresql.conf` comes from
 * infra/postgres at every start.
 */
export function dropSettings(data: string): void {
  for (const name of ['standby.signal', 'recovery.signal', 'recovery.conf', 'conf.d'])
    rmSync(path.join(data, name), { recursive: true, force: true })
  for (const name of ['postgresql.auto.conf', 'pg_ident.conf', 'postgresql.conf'])
    replace(data, name, (file) => writeFileSync(file, '', { mode: 0o600 }))
  replace(data, 'pg_hba.conf', (file) =>
    copyFileSync(path.join(root, 'infra/postgres/pg_hba.conf'), file)
  )
}

/** The file that was there may be a link to another place. */
function replace(data: string, name: string, write: (file: string) => void): void {
  const file = path.join(data, name)
  rmSync(file, { recursive: true, force: true })
  write(file)
  giveToPostgres(file)
}
