import { readFile, writeFile } from 'node:fs/promises'
import { format, resolveConfig } from 'prettier'

const root = new URL('../../', import.meta.url)

/** Writes a generated file, or with `verify` only compares it. @throws when it differs */
export async function writeOrCompare(file: string, text: string, verify = false): Promise<void> {
  const url = new URL(file, root)
  const wanted = file.endsWith('.md') ? await pretty(text) : text
  if (!verify) return writeFile(url, wanted)
  const found = await readFile(url, 'utf8').catch(() => '')
  if (found !== wanted) throw new Error(`${file} is not up to date: npm run types`)
}

/** As `npm run check` wants it. */
async function pretty(text: string): Promise<string> {
  const options = await resolveConfig(new URL('package.json', root))
  return format(text, { ...options, parser: 'markdown' })
}
