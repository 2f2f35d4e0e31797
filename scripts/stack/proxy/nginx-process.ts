import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { identify, isAlive, type Identity } from '../supervisor/identity.ts'

/** An old worker waits for a slow client's headers for this long at most (client_header_timeout). */
const reload_ms = 10_000

/** A running NGINX by the pid of its master process, which changes when it is restarted. */
export function nginxProcess(pid: () => number | undefined) {
  let workers: Identity[] = []
  return {
    /** Makes NGINX read its files again: new workers start, the old ones finish their requests. */
    reload() {
      const master = pid()
      if (master === undefined) return
      // Includes workers that have not ended since an earlier reload.
      workers = workersOf(master)
      try {
        process.kill(master, 'SIGHUP')
      } catch {
        // NGINX has ended: when it is restarted it reads the files anyway.
      }
    },

    /** Resolves when the old workers have ended, or after 10 s: from then on no request goes by the old files. */
    async reloaded() {
      const end = performance.now() + reload_ms
      // Only Linux tells which processes are workers; elsewhere wait a second.
      if (workers.length === 0) await sleep(1000)
      while (workers.some(isAlive) && performance.now() < end) await sleep(20)
    }
  }
}

function workersOf(master: number): Identity[] {
  try {
    const children = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8')
    return children
      .split(' ')
      .filter(Boolean)
      .flatMap((child) => identify(Number(child)) ?? [])
  } catch {
    return []
  }
}
