import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { readJson } from './files.ts'
import { identify, isAlive, type Identity } from './identity.ts'
import { makeFolder } from './make-folder.ts'

/** Makes this process the only supervisor of a data folder. @returns a function that releases the folder */
export function lockFolder(folder: string): () => void {
  makeFolder(folder, 'HOLDFAST_DATA')
  const file = path.join(folder, 'supervisor.json')
  const self = identify(process.pid)
  const holder = readJson<Identity>(file)
  if (holder && isAlive(holder)) throw inUse(folder, holder)
  rmSync(file, { force: true })
  try {
    writeFileSync(file, `${JSON.stringify(self)}\n`, { mode: 0o600, flag: 'wx' })
  } catch (err) {
    if ((err as NodeJS.ErrnoException).code === 'EEXIST')
      throw inUse(folder, readJson<Identity>(file))
    throw new Error(
      `nothing can be written to ${folder} (${(err as Error).message}): set HOLDFAST_DATA to another folder`,
      { cause: err }
    )
  }
  // Of two supervisors that found the same stale file, the second may have removed the file that the first wrote.
  if (readJson<Identity>(file)?.pid !== process.pid) throw inUse(folder, readJson<Identity>(file))
  return () => {
    if (readJson<Identity>(file)?.pid === process.pid) rmSync(file, { force: true })
  }
}

function inUse(folder: string, holder?: Identity): Error {
  return new Error(
    `${folder} is in use by process ${holder?.pid ?? 'unknown'}: stop that one, or set HOLDFAST_DATA, HOLDFAST_PORT and HOLDFAST_NODE_PORT for a second system`
  )
}
