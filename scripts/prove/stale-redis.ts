import { cpSync, existsSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Target } from './target.ts'
import { freeze, kill } from './processes.ts'

/**
 * Keeps a copy of Redis's data; with `again` the earlier copy is used when there is one.
 *
 * @returns a function that restarts Redis with the copy: everything it stored since is lost
 */
export function keepRedis({ data, now }: Target, again: boolean): () => void {
  const folder = path.join(data, 'redis')
  const kept = path.join(data, 'redis-before')
  if (!again || !existsSync(kept)) {
    const resume = freeze([now().redis.pid])
    try {
      rmSync(kept, { recursive: true, force: true })
      cpSync(folder, kept, { recursive: true })
    } finally {
      resume()
    }
  }
  return () => {
    kill(now().redis.pid, 'SIGKILL')
    // Its supervisor restarts it a quarter of a second later at the earliest.
    rmSync(`${folder}-replaced`, { recursive: true, force: true })
    renameSync(folder, `${folder}-replaced`)
    cpSync(kept, folder, { recursive: true })
  }
}
