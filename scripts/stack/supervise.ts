import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { stackFile, type Running } from './running.ts'
import { readSettings, type Settings } from './settings.ts'
import { writeJson } from './supervisor/files.ts'
import { lockFolder } from './supervisor/lock.ts'
import { boundLogs } from './supervisor/log-rotation.ts'
import { reap } from './supervisor/reap.ts'
import { newSupervisorLog, type SupervisorLog } from './supervisor/supervisor-log.ts'
import { keepSecrets, type Secrets } from './supervisor/secrets.ts'
import { newStack, type Stack } from './supervisor/stack.ts'

export type Start = {
  stack: Stack
  settings: Settings
  secrets: Secrets
  say: (line: string) => void
  /** Writes what `describe` returns to stack.json, now and whenever a server was restarted. */
  publish(describe: () => Running): void
}

/**
 * Runs `start` as the only supervisor of the data folder, and keeps the servers running that it started. All of them are
 * stopped on a signal, when `start` fails, or when it returns an exit code. Never returns: the process ends here.
 * `readOptions` reads the command line before anything is done, and throws when it cannot; by default there are no options.
 */
export async function supervise(
  start: (tools: Start) => Promise<number | void>,
  readOptions: () => void = () => parseArgs({ options: {} })
): Promise<void> {
  // The terminal may be closed before this process ends.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  const log = newSupervisorLog()
  const { say } = log
  const release: (() => void)[] = []
  let stack: Stack | undefined
  let ending: Promise<never> | undefined

  const end = (code: number) => {
    ending ??= (async () => {
      try {
        await stack?.stop()
        for (const step of release.toReversed()) step()
      } finally {
        process.exit(code)
      }
    })()
    return ending
  }
  const fail = (err: Error) => {
    if (!ending) log.complain(`holdfast: ${err.message}`)
    return end(1)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!ending) say('stopping')
      void end(0)
    })
  }
  // An unexpected error stops the servers too, instead of leaving them behind.
  process.on('uncaughtException', fail)

  try {
    readOptions()
    const settings = readSettings()
    const run = await takeFolder(settings.data, log, release)
    const stackJson = openStackJson(settings.data, release)
    const write = () => {
      if (!ending) stackJson.write()
    }
    stack = newStack(run, (what) => {
      if (ending) return
      if (what) say(what)
      write()
    })
    const code = await start({
      stack,
      settings,
      secrets: keepSecrets(settings.data),
      say,
      publish(describe) {
        stackJson.describe = describe
        write()
      }
    })
    if (code !== undefined) await end(code)
  } catch (err) {
    await fail(err as Error)
  }
}

/** Locks the data folder and stops what an earlier supervisor left running. @returns the folder of pid files and logs */
async function takeFolder(
  data: string,
  log: SupervisorLog,
  release: (() => void)[]
): Promise<string> {
  release.push(lockFolder(data))
  const run = path.join(data, 'run')
  mkdirSync(run, { recursive: true, mode: 0o700 })
  log.keepIn(run)
  await reap(run, log.say)
  release.push(boundLogs(run))
  return run
}

/** stack.json: absent until there is a description, and removed at the end. */
function openStackJson(data: string, release: (() => void)[]) {
  const file = stackFile(data)
  const remove = () => rmSync(file, { force: true })
  remove()
  release.push(remove)
  return {
    describe: undefined as (() => Running) | undefined,
    write() {
      if (this.describe) writeJson(file, this.describe())
    }
  }
}
