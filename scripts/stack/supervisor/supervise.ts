import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { writeJson } from './files.ts'
import { lockFolder } from './lock.ts'
import { reap } from './reap.ts'
import { boundLogs } from './log-rotation.ts'
import { stackFile, type Running } from '../running.ts'
import { keepSecrets, type Secrets } from './secrets.ts'
import { readSettings, type Settings } from '../settings.ts'
import { newStack, type Stack } from './stack.ts'

export type Start = {
  stack: Stack
  settings: Settings
  secrets: Secrets
  say: (line: string) => void
  /** Keeps stack.json as `describe` says, now and whenever a server was started again. */
  publish(describe: () => Running): void
}

/**
 * Runs `start` in a data folder that is ours alone, keeps what it started alive, and stops all of it on a signal, when
 * `start` fails, or when it ends with an exit code. Never returns: the process ends here.
 */
export async function supervise(start: (tools: Start) => Promise<number | void>): Promise<void> {
  // The terminal may go away before we do.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
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
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!ending) say('stopping')
      void end(0)
    })
  }

  const fail = (err: Error) => {
    if (!ending) console.error(`holdfast: ${err.message}`)
    return end(1)
  }
  // Whatever nobody expected ends everything too, instead of leaving servers behind.
  process.on('uncaughtException', fail)

  try {
    const settings = readSettings()
    const { data } = settings
    release.push(lockFolder(data))
    const run = path.join(data, 'run')
    mkdirSync(run, { recursive: true, mode: 0o700 })
    await reap(run, say)
    release.push(boundLogs(run))

    const file = stackFile(data)
    const remove = () => rmSync(file, { force: true })
    remove()
    release.push(remove)
    let describe: (() => Running) | undefined
    const write = () => {
      if (describe && !ending) writeJson(file, describe())
    }
    stack = newStack(run, (what) => {
      if (ending) return
      if (what) say(what)
      write()
    })
    const code = await start({
      stack,
      settings,
      secrets: keepSecrets(data),
      say,
      publish(how) {
        describe = how
        write()
      }
    })
    if (code !== undefined) await end(code)
  } catch (err) {
    await fail(err as Error)
  }
}

function say(line: string): void {
  console.log(line)
}
