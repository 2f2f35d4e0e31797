import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { identify, isAlive, type Identity } from '../supervisor/identity.ts'

/** A worker that still reads what a slow client sends stays for so long at most (client_header_timeout). */
const patienceMs = 10_000

/** A running NGINX by its master's pid, which may change. */
export function nginxProcess(pid: () => number | undefined) {
  let old: Identity[] = []
  return {
    /** Has it read its files again; its workers finish what they have, and others begin. */
    reload() {
      const master = pid()
      if (master === undefined) return
      // Among them those that have not ended since the last time.
      old = workersOf(master)
      try {
        process.kill(master, 'SIGHUP')
      } catch {
        // It has gone: started again it reads them anyway.
      }
    },

    /** Resolves when the workers of before have ended, or after 10 s: nobody goes by the files of before then. */
    async settled() {
      const end = performance.now() + patienceMs
      // Where they cannot be told (not Linux) they have a second.
      if (old.length === 0) await sleep(1000)
      while (old.some(isAlive) && performance.now() < end) await sleep(20)
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
