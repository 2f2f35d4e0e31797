import { readFileSync } from 'node:fs'

/** @throws when the server does not run or is external: then it has no pid */
export function kill(pid: number | null, signal: NodeJS.Signals): void {
  if (!pid) throw new Error('it has no pid that can be killed')
  process.kill(pid, signal)
}

/** Stops processes with SIGSTOP: their connections stay open and they answer nothing. @returns a function that continues them */
export function freeze(pids: (number | null)[]): () => void {
  for (const pid of pids) kill(pid, 'SIGSTOP')
  return () => {
    for (const pid of pids) {
      try {
        kill(pid, 'SIGCONT')
      } catch {
        // The process was killed meanwhile.
      }
    }
  }
}

/** A postmaster and its children, which share no process group. Without Linux's list of children: only the postmaster. */
export function family(pid: number | null): (number | null)[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return [pid, ...children.split(' ').filter(Boolean).map(Number)]
  } catch {
    return [pid]
  }
}
