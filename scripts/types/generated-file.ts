import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { formatted } from '../docs/generated.ts'
import { root } from '../stack/settings.ts'

/** Writes a generated file, or with `verify` only compares it. @throws when it differs */
export async function writeOrCompare(file: string, text: string, verify = false): Promise<void> {
  const place = path.join(root, file)
  const wanted = file.endsWith('.md') ? await formatted({ file, write: () => text }) : text
  if (!verify) return writeFile(place, wanted)
  const found = await readFile(place, 'utf8').catch(() => '')
  if (found !== wanted) throw new Error(`${file} is not up to date: npm run types`)
}
