import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { postgresBin } from '../stack/supervisor/binaries.ts'
import { run } from '../stack/supervisor/run.ts'
import { checkSums } from './sums.ts'
import { unpack } from './unpack.ts'

const most_ms = 4 * 60 * 60_000

/**
 * Reads a backup as a restore would: every file's checksum, every packed file, the write-ahead log of the backup, and every
 * row of the dump. Needs as much disk space as the database meanwhile.
 *
 * @returns the first segment of the write-ahead log that the backup needs
 */
export async function verify(folder: string): Promise<{ start_wal: string }> {
  const bin = postgresBin()
  const check = path.join(folder, 'check.draft')
  await checkSums(folder)
  try {
    await unpack(folder, check)
    const manifest = ['--manifest-path', path.join(folder, 'backup_manifest')]
    const quietly = { asPostgres: true, ms: most_ms }
    await run([path.join(bin, 'pg_verifybackup'), '--quiet', ...manifest, check], quietly)
    const dump = path.join(folder, 'shop.dump')
    await run([path.join(bin, 'pg_restore'), '--file=/dev/null', dump], quietly)
    const label = readFileSync(path.join(check, 'backup_label'), 'utf8')
    const start_wal = /^START WAL LOCATION: .*\(file ([0-9A-F]{24})\)/m.exec(label)?.[1]
    if (!start_wal) throw new Error(`${folder} does not say where its write-ahead log begins`)
    return { start_wal }
  } finally {
    rmSync(check, { recursive: true, force: true })
  }
}
