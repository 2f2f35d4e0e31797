import { accessSync, constants, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { identify } from '../supervisor/identity.ts'

const prefix = 'holdfast-scratch-'
const memory = '/dev/shm'
/** The databases of all tests take about 4 GiB. */
const enough = 8 * 2 ** 30

/**
 * Creates a folder for the servers of this process: in memory where there is enough, unless `place` is the disk. Removes the
 * folders that killed processes left behind.
 */
export function makeDataFolder(place: 'memory' | 'disk' = 'memory'): string {
  for (const folder of [tmpdir(), memory]) sweep(folder)
  const folder = place === 'memory' && hasRoom() ? memory : tmpdir()
  return mkdtempSync(path.join(folder, `${prefix}${process.pid}-`))
}

function sweep(folder: string): void {
  for (const name of namesIn(folder)) {
    const owner = Number(new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1])
    if (owner && !identify(owner)) remove(path.join(folder, name))
  }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // It belongs to another user.
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(memory)
    accessSync(memory, constants.W_OK)
    // availableMemory() is what a container may use, not what its machine has.
    return Math.min(bavail * bsize, process.availableMemory()) >= enough
  } catch {
    return false
  }
}
