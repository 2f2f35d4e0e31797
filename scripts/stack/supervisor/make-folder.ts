import { mkdirSync, statSync } from 'node:fs'
import path from 'node:path'

/**
 * Makes a folder and those above it, one after the other: Node's own recursive mkdir never ends below /proc. Other users may
 * enter the folders (PostgreSQL's user does) but not list them.
 *
 * @throws one line that names the variable to change when the folder cannot be made
 */
export function makeFolder(folder: string, variable: string): void {
  try {
    make(folder)
  } catch (err) {
    throw new Error(
      `the folder ${folder} cannot be made: ${reasonOf(err as NodeJS.ErrnoException)}; set ${variable} to another`,
      { cause: err }
    )
  }
}

function make(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false })
  if (found?.isDirectory()) return
  if (found) throw Object.assign(new Error(`${folder} exists`), { code: 'EEXIST' })
  const parent = path.dirname(folder)
  if (parent !== folder) make(parent)
  mkdirSync(folder, { mode: 0o711 })
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  return code && code in reasons ? reasons[code as keyof typeof reasons] : message
}

const reasons = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EEXIST: 'a file of that name is in the way',
  ENOTDIR: 'a part of its path is a file',
  ENOENT: 'this system takes no folders there',
  ENAMETOOLONG: 'its name is too long'
}
