import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readJson, writeJson } from './files.ts'
import { identify, isAlive, mayLeadGroup, type Identity } from './identity.ts'
import { launcher } from './privilege.ts'

export type Launch = {
  words: string[]
  /** The signal that stops it: PostgreSQL's fast shutdown is SIGINT, NGINX's graceful one SIGQUIT. */
  stop: NodeJS.Signals
  /** Runs as the system user postgres when this process runs as root. */
  asPostgres?: boolean
  /** Also signals the children: the server does not stop them itself. */
  group?: boolean
  /** Writes to this process's terminal instead of a log. */
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

/** The content of a pid file: what a later supervisor needs to stop a server that this one left running. */
export type PidFile = Identity & { stop: NodeJS.Signals; group: boolean }

/** Starts one server in a session of its own, so that Ctrl-C in the terminal reaches only the supervisor. */
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
    const ended = () => {
      // Workers may outlive a killed master process and keep its port.
      if (identity) sweep(identity)
      if (readJson<PidFile>(pidFile)?.pid === child.pid) rmSync(pidFile, { force: true })
      resolve()
    }
    child.once('exit', ended)
    child.once('error', ended)
  })
  return { name, pid: child.pid, child, exited }
}

export const logFile = (run: string, name: string) => path.join(run, `${name}.log`)

/** Stops a server with its own signal, then SIGQUIT, then SIGKILL, until it has ended. */
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
      // A process that was stopped by SIGSTOP handles signals only when it continues.
      process.kill(identity.pid, 'SIGCONT')
    } catch {
      break
    }
    const limit = performance.now() + ms
    while (isAlive(identity) && performance.now() < limit) await sleep(20)
  }
  sweep(identity)
}

/** Kills the processes that a dead server left in its group. The system reuses no pid while its group exists. */
export function sweep(identity: Identity): void {
  if (isAlive(identity) || !mayLeadGroup(identity)) return
  try {
    process.kill(-identity.pid, 'SIGKILL')
  } catch {
    // No process was left.
  }
}
