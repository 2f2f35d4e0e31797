import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { readJson } from './files.ts'
import { isAlive } from './identity.ts'
import { end, type PidFile } from './process.ts'

/** Stops the servers that an earlier supervisor of this folder left running. */
export async function reap(run: string, say: (line: string) => void): Promise<void> {
  await Promise.all(
    pidFiles(run).map(async (file) => {
      const left = readJson<PidFile>(file)
      if (left) {
        if (isAlive(left))
          say(`stopping ${path.basename(file, '.pid')} (${left.pid}), left by an earlier run`)
        await end(left)
      }
      rmSync(file, { force: true })
    })
  )
}

function pidFiles(run: string): string[] {
  try {
    return readdirSync(run)
      .filter((name) => name.endsWith('.pid'))
      .map((name) => path.join(run, name))
  } catch {
    return []
  }
}
