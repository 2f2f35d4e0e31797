import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { createReadStream, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Backup } from '../stack/postgres/backups.ts'

const sums = 'SHA256SUMS'
const signature = 'SIGNATURE'

/** What backup.json says and a restore believes. `is_abandoned` is not among it: a restore writes it later. */
export type SignedFacts = Omit<Backup, 'folder' | 'is_abandoned'>

/** Writes the checksums of all files in the format of sha256sum: `sha256sum -c SHA256SUMS` checks them too. */
export async function writeSums(folder: string): Promise<void> {
  const lines: string[] = []
  for (const name of readdirSync(folder).toSorted())
    lines.push(`${await sumOf(path.join(folder, name))}  ${name}\n`)
  writeFileSync(path.join(folder, sums), lines.join(''), { mode: 0o600, flush: true })
}

/** @throws one line that names the first file whose checksum differs */
export async function checkSums(folder: string): Promise<void> {
  const lines = readFileSync(path.join(folder, sums), 'utf8').trimEnd().split('\n')
  for (const line of lines) {
    const [sum = '', name = ''] = line.split('  ')
    const file = path.join(folder, name)
    if ((await sumOf(file)) !== sum) throw new Error(`${file} is damaged: its checksum differs`)
  }
}

/** Signs the checksums and the facts of a backup, so that a restore can tell its own backups from others. */
export function sign(folder: string, facts: SignedFacts, key: string): void {
  const file = path.join(folder, signature)
  writeFileSync(file, `${signatureOf(folder, facts, key).toString('hex')}\n`, { mode: 0o600 })
}

/** @throws one line when the backup was not signed with this key, or was changed after that */
export function checkSignature(backup: Backup, key: string): void {
  const { folder } = backup
  const expected = signatureOf(folder, backup, key)
  const found = readSignature(folder)
  if (found.length === expected.length && timingSafeEqual(found, expected)) return
  throw new Error(
    `${folder} ${found.length === 0 ? 'has no signature' : 'was changed, or is the backup of another shop'}: ` +
      'the key that signs backups is backup_key in HOLDFAST_DATA/secrets.json; ' +
      'say --unsigned to restore it all the same, which runs whatever was put into it'
  )
}

function readSignature(folder: string): Buffer {
  try {
    return Buffer.from(readFileSync(path.join(folder, signature), 'utf8').trim(), 'hex')
  } catch {
    return Buffer.alloc(0)
  }
}

function signatureOf(folder: string, facts: SignedFacts, key: string): Buffer {
  const { life, taken_at, finished_at, verified_at, start_wal, bytes, postgres } = facts
  return createHmac('sha256', key)
    .update(readFileSync(path.join(folder, sums)))
    .update(JSON.stringify([life, taken_at, finished_at, verified_at, start_wal, bytes, postgres]))
    .digest()
}

async function sumOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
