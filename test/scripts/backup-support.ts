import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { backupsOf } from '../../scripts/stack/postgres/backups.ts'
import { logSigningEnvironment } from '../../scripts/stack/postgres/log-signature.ts'
import { writeJson } from '../../scripts/stack/supervisor/files.ts'
import { root } from '../../scripts/stack/settings.ts'

export const day_ms = 24 * 60 * 60_000
export const segment = (number: number) => `00000001000000000000000${number}`

/** Writes the backup.json of a backup that was taken `days` from now. */
export function make(backups: string, cluster: string, number: number, days: number): void {
  const taken_at = new Date(Date.now() + days * day_ms).toISOString()
  const folder = path.join(backupsOf(backups, cluster), `${number}`)
  mkdirSync(folder, { recursive: true })
  const times = { taken_at, finished_at: taken_at, verified_at: taken_at }
  const start_wal = segment(number)
  writeJson(path.join(folder, 'backup.json'), {
    life: cluster,
    ...times,
    start_wal,
    bytes: 1,
    postgres: ''
  })
}

/** Runs a script of infra/postgres as PostgreSQL does. @returns its exit code */
export async function sh(
  folder: string,
  script: string,
  words: string[],
  more = {}
): Promise<number> {
  const file = path.join(root, 'infra/postgres', script)
  const signing = logSigningEnvironment('key')
  const env = { ...process.env, WAL_ARCHIVE: path.join(folder, 'wal'), ...signing, ...more }
  return promisify(execFile)('sh', [file, ...words], { env }).then(
    () => 0,
    ({ code }: { code: number }) => code
  )
}
