import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { identify } from './identity.ts'
import { end, logFile, start, type Launch, type Server } from './process.ts'
import { GiveUp, until } from './until.ts'

const shortest_ms = 250
const longest_ms = 5_000

/** A server that is started again whenever it dies. */
export type SupervisedProcess = {
  name: string
  readonly pid: number | undefined
  /** Waits until it answers; throws one line with the end of its log when it does not come up. */
  ready(ask: () => Promise<unknown>, limits?: { ms?: number; deaths?: number }): Promise<void>
  /** Ends it, as `stop` does, and starts it again at once; resolves when there is a new process. */
  restart(grace_ms?: number): Promise<void>
  stop(grace_ms?: number): Promise<void>
}

/** `changed` is told of every death and of every new pid. */
export function superviseProcess(
  run: string,
  name: string,
  launch: Launch,
  changed: (what: string) => void
): SupervisedProcess {
  let server = start(run, name, launch)
  let deaths = 0
  /** The one that is to end, and is no death. */
  let leaving: Server | undefined
  const stopping = new AbortController()
  const { signal } = stopping

  const supervise = async () => {
    for (let wait_ms = shortest_ms; ; wait_ms = Math.min(wait_ms * 2, longest_ms)) {
      const born = performance.now()
      await server.exited
      if (signal.aborted) return
      if (performance.now() - born > 2 * longest_ms) wait_ms = shortest_ms
      if (server !== leaving) {
        deaths++
        changed(`${name} ended (${reason(server.child)}), starting it again`)
        await sleep(wait_ms, undefined, { signal }).catch(() => {})
      }
      if (signal.aborted) return
      server = start(run, name, launch)
      changed('')
    }
  }
  const supervised = supervise()

  const endIt = async (grace_ms?: number) => {
    const identity = server.pid === undefined ? undefined : identify(server.pid)
    if (identity && server.child.exitCode === null)
      await end({ ...identity, stop: launch.stop, group: launch.group ?? false }, grace_ms)
  }

  return {
    name,
    get pid() {
      return server.pid
    },
    async ready(ask, { ms = 60_000, deaths: limit = 3 } = {}) {
      const asked = async () => {
        if (signal.aborted || deaths >= limit) throw new GiveUp()
        await ask()
        return true
      }
      await until(name, asked, ms).catch((err: unknown) => {
        throw new Error(`${name} does not start: ${lastWords(logFile(run, name))}`, { cause: err })
      })
    },
    async restart(grace_ms) {
      const before = server
      leaving = before
      await endIt(grace_ms)
      await until(name, () => server !== before || signal.aborted, 2 * longest_ms)
    },
    async stop(grace_ms) {
      stopping.abort()
      await endIt(grace_ms)
      await supervised
    }
  }
}

function reason(child: { exitCode: number | null; signalCode: NodeJS.Signals | null }): string {
  return child.signalCode ?? `exit code ${child.exitCode ?? 'unknown'}`
}

/** What a log ends with; after a crash that is a stack and a version, so a line that speaks of an error counts more. */
function lastWords(file: string): string {
  try {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').filter(isOwn).slice(-40)
    const line = lines.findLast((text) => /error|fatal|panic|emerg/i.test(text)) ?? lines.at(-1)
    return `${line?.trim() || 'nothing was logged'} (${file})`
  } catch {
    return `there is no log (${file})`
  }
}

/** PostgreSQL also logs that it turned away those who asked whether it is up, to the very end: that is never why it is not. */
const isOwn = (line: string) => !/FATAL: +the database system is /.test(line)
