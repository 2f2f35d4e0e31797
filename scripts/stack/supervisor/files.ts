import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** Whole or not at all, and for the owner's eyes only, unless another mode is given. */
export function writeJson(file: string, value: unknown, mode = 0o600): void {
  const draft = `${file}.${process.pid}.draft`
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode })
  renameSync(draft, file)
}

/** Undefined when the file is missing or was never finished. */
export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    return undefined
  }
}
