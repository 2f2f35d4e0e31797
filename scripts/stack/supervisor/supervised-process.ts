import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { identify } from './identity.ts'
import { end, logFile, start, type Launch, type Server } from './process.ts'
import { GiveUp, until } from './until.ts'

const shortest_ms = 250
const longest_ms = 5_000

/** A process that is restarted whenever it dies, after 0.25 to 5 s. */
export type SupervisedProcess = {
  name: string
  readonly pid: number | undefined
  /** Waits until `ask` resolves. @throws an Error with the end of the log when the process does not start */
  ready(ask: () => Promise<unknown>, limits?: { ms?: number; deaths?: number }): Promise<void>
  /** Stops the process as `stop` does and starts it again at once; resolves when there is a new process. */
  restart(grace_ms?: number): Promise<void>
  stop(grace_ms?: number): Promise<void>
}

/** `changed` is called when the process died (with a sentence) and when it was restarted (with an empty text). */
export function superviseProcess(
  run: string,
  name: string,
  launch: Launch,
  changed: (what: string) => void
): SupervisedProcess {
  let server = start(run, name, launch)
  let deaths = 0
  /** The process that `restart` stops: its end is no death. */
  let restarting: Server | undefined
  const stopping = new AbortController()
  const { signal } = stopping

  const supervise = async () => {
    for (let wait_ms = shortest_ms; ; wait_ms = Math.min(wait_ms * 2, longest_ms)) {
      const started = performance.now()
      await server.exited
      if (signal.aborted) return
      if (performance.now() - started > 2 * longest_ms) wait_ms = shortest_ms
      if (server !== restarting) {
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

  const endProcess = async (grace_ms?: number) => {
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
      const check = async () => {
        if (signal.aborted || deaths >= limit) throw new GiveUp()
        await ask()
        return true
      }
      await until(name, check, ms).catch((err: unknown) => {
        throw new Error(`${name} does not start: ${reasonIn(logFile(run, name))}`, { cause: err })
      })
    },
    async restart(grace_ms) {
      const before = server
      restarting = before
      await endProcess(grace_ms)
      await until(name, () => server !== before || signal.aborted, 2 * longest_ms)
    },
    async stop(grace_ms) {
      stopping.abort()
      await endProcess(grace_ms)
      await supervised
    }
  }
}

function reason(child: { exitCode: number | null; signalCode: NodeJS.Signals | null }): string {
  return child.signalCode ?? `exit code ${child.exitCode ?? 'unknown'}`
}

/** The line of a log that says why the process ended: the last one about an error, else the last one. */
function reasonIn(file: string): string {
  try {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').filter(isReason).slice(-40)
    const line = lines.findLast((text) => /error|fatal|panic|emerg/i.test(text)) ?? lines.at(-1)
    return `${line?.trim() || 'nothing was logged'} (${file})`
  } catch {
    return `there is no log (${file})`
  }
}

/** PostgreSQL logs every connection that it refuses while it starts: these lines never say why it ended. */
const isReason = (line: string) => !/FATAL: +the database system is /.test(line)
