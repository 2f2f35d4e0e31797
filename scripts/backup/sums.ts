import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'

const sums = 'SHA256SUMS'

/** Writes the checksums of all files in the format of sha256sum: `sha256sum -c SHA256SUMS` checks them too. */
export async function writeSums(folder: string): Promise<void> {
  const lines: string[] = []
  for (const name of readdirSync(folder).toSorted())
    lines.push(`${await sumOf(path.join(folder, name))}  ${name}\n`)
  writeFileSync(path.join(folder, sums), lines.join(''), { mode: 0o600, flush: true })
}

/** @throws one line that names the first file whose checksum differs */
export async function checkSums(folder: string): Promise<void> {
  for (const line of readFileSync(path.join(folder, sums), 'utf8').trimEnd().split('\n')) {
    const [sum = '', name = ''] = line.split('  ')
    const file = path.join(folder, name)
    if ((await sumOf(file)) !== sum) throw new Error(`${file} is damaged: its checksum differs`)
  }
}

async function sumOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
