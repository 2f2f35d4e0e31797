import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readJson, writeJson } from './files.ts'
import { identify, isAlive, mayLeadGroup, type Identity } from './identity.ts'
import { launcher } from './privilege.ts'

export type Launch = {
  words: string[]
  /** What asks it to stop: PostgreSQL's fast shutdown is SIGINT, NGINX's graceful one SIGQUIT. */
  stop: NodeJS.Signals
  /** Runs as the system user postgres when we are root. */
  asPostgres?: boolean
  /** Is asked to stop together with its children, which it would leave behind. */
  group?: boolean
  /** Writes to our terminal instead of a log. */
  terminal?: boolean
  env?: NodeJS.ProcessEnv
  cwd?: string
}

export type Server = {
  name: string
  pid: number | undefined
  child: ChildProcess
  exited: Promise<void>
}

/** What is kept about a server, so that a later supervisor can stop what this one left behind. */
export type PidFile = Identity & { stop: NodeJS.Signals; group: boolean }

/** Starts one server in a session of its own: Ctrl-C in the terminal reaches the supervisor alone. */
export function start(
  run: string,
  name: string,
  { words, stop, asPostgres, group = false, terminal, env, cwd = '/' }: Launch
): Server {
  mkdirSync(run, { recursive: true, mode: 0o700 })
  const pidFile = path.join(run, `${name}.pid`)
  const log = openSync(logFile(run, name), 'a', 0o600)
  const [command = '', ...args] = launcher(words, stop, asPostgres)
  const child = spawn(command, args, {
    cwd,
    detached: true,
    stdio: ['ignore', ...(terminal ? (['inherit', 'inherit'] as const) : [log, log])],
    env: env ?? process.env
  })
  closeSync(log)
  const identity = child.pid === undefined ? undefined : identify(child.pid)
  if (identity) writeJson(pidFile, { ...identity, stop, group } satisfies PidFile)
  const exited = new Promise<void>((resolve) => {
    const gone = () => {
      // Workers may outlive a killed master and keep its port.
      if (identity) sweep(identity)
      if (readJson<PidFile>(pidFile)?.pid === child.pid) rmSync(pidFile, { force: true })
      resolve()
    }
    child.once('exit', gone)
    child.once('error', gone)
  })
  return { name, pid: child.pid, child, exited }
}

export const logFile = (run: string, name: string) => path.join(run, `${name}.log`)

/** Asks, waits, insists. */
export async function end(identity: PidFile, grace_ms = 30_000): Promise<void> {
  const steps = [
    [identity.stop, grace_ms],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000]
  ] as const
  for (const [signal, ms] of steps) {
    if (!isAlive(identity)) break
    try {
      process.kill(identity.group ? -identity.pid : identity.pid, signal)
      // One that was put to sleep would not hear it.
      process.kill(identity.pid, 'SIGCONT')
    } catch {
      break
    }
    const limit = performance.now() + ms
    while (isAlive(identity) && performance.now() < limit) await sleep(20)
  }
  sweep(identity)
}

/** A pid is not given out again while its group lives, so a dead leader's group is ours. */
export function sweep(identity: Identity): void {
  if (isAlive(identity) || !mayLeadGroup(identity)) return
  try {
    process.kill(-identity.pid, 'SIGKILL')
  } catch {
    // nothing was left
  }
}
