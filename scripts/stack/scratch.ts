import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { identify } from './identity.ts'

const prefix = 'holdfast-scratch-'

/** A folder for servers that live as long as this process. Those that killed processes left behind are removed. */
export function makeScratch(): string {
  for (const name of readdirSync(tmpdir())) {
    const owner = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1])
    if (owner && !identify(owner))
      rmSync(path.join(tmpdir(), name), { recursive: true, force: true })
  }
  return mkdtempSync(path.join(tmpdir(), `${prefix}${process.pid}-`))
}
