import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { giveToPostgres } from '../stack/postgres/cluster.ts'
import { run } from '../stack/supervisor/run.ts'

const most_ms = 4 * 60 * 60_000

/** Unpacks a backup into a cluster's data folder. */
export async function unpack(backup: string, data: string): Promise<void> {
  mkdirSync(data, { mode: 0o700 })
  giveToPostgres(data)
  const into = { 'base.tar.gz': data, 'pg_wal.tar.gz': path.join(data, 'pg_wal') }
  for (const [file, folder] of Object.entries(into))
    await run(['tar', '-xzf', path.join(backup, file), '-C', folder], {
      asPostgres: true,
      ms: most_ms
    })
}
