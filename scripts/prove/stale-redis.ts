import { cpSync, existsSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Target } from './target.ts'
import { freeze, kill } from './processes.ts'

/**
 * Keeps what Redis holds now, or with `again` what was kept before, when there is something.
 *
 * @returns what puts it back in place of all that came since
 */
export function keepRedis({ data, now }: Target, again: boolean): () => void {
  const folder = path.join(data, 'redis')
  const kept = path.join(data, 'redis-before')
  if (!again || !existsSync(kept)) {
    const thaw = freeze([now().redis.pid])
    try {
      rmSync(kept, { recursive: true, force: true })
      cpSync(folder, kept, { recursive: true })
    } finally {
      thaw()
    }
  }
  return () => {
    kill(now().redis.pid, 'SIGKILL')
    // It is started again a quarter of a second later at the earliest.
    rmSync(`${folder}-gone`, { recursive: true, force: true })
    renameSync(folder, `${folder}-gone`)
    cpSync(kept, folder, { recursive: true })
  }
}
