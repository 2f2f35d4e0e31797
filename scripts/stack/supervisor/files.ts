import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** Writes the whole file in one step. Only its owner may read it, unless another mode is given. */
export function writeJson(file: string, value: unknown, mode = 0o600): void {
  const draft = `${file}.${process.pid}.draft`
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode })
  renameSync(draft, file)
}

/** Undefined when the file is missing or is no JSON. */
export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch {
    return undefined
  }
}
