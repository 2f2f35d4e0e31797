import { readFileSync } from 'node:fs'

/** @throws where there is none, or it is somebody else's: those have no pid here */
export function kill(pid: number | null, signal: NodeJS.Signals): void {
  if (!pid) throw new Error('it is not ours to kill')
  process.kill(pid, signal)
}

/** Puts processes to sleep: neither dead nor alive, the hardest to tell. @returns what wakes them */
export function freeze(pids: (number | null)[]): () => void {
  for (const pid of pids) kill(pid, 'SIGSTOP')
  return () => {
    for (const pid of pids) {
      try {
        kill(pid, 'SIGCONT')
      } catch {
        // killed meanwhile
      }
    }
  }
}

/** A postmaster and its children, which are in no process group of its own. Linux tells; elsewhere only the postmaster sleeps. */
export function family(pid: number | null): (number | null)[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return [pid, ...children.split(' ').filter(Boolean).map(Number)]
  } catch {
    return [pid]
  }
}
