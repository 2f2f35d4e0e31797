import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { readJson } from './supervisor/files.ts'
import { isAlive, type Identity } from './supervisor/identity.ts'
import { lockFolder } from './supervisor/lock.ts'
import { reap } from './supervisor/reap.ts'
import { keepSecrets, type Secrets } from './supervisor/secrets.ts'
import { readSettings, type Settings } from './settings.ts'
import { newStack, type Stack } from './supervisor/stack.ts'
import { until } from './supervisor/until.ts'

export type Offline = { stack: Stack; settings: Settings; secrets: Secrets }

/**
 * Does `work` in a data folder whose system is stopped: this process becomes its supervisor, and stops every server that
 * the work started, whatever happens. With `stop` a running system is stopped first.
 *
 * @throws one line when the system is running and `stop` is false
 */
export async function offline<T>(stop: boolean, work: (tools: Offline) => Promise<T>): Promise<T> {
  const settings = readSettings()
  const { data } = settings
  const file = path.join(data, 'supervisor.json')
  const running = () => {
    const holder = readJson<Identity>(file)
    return holder && isAlive(holder) ? holder : undefined
  }
  const before = running()
  if (before && !stop)
    throw new Error(
      `the system in ${data} is running (process ${before.pid}): say --stop to stop it`
    )
  if (before) {
    process.kill(before.pid, 'SIGTERM')
    await until('the running system to stop', () => !running(), 120_000)
  }

  const release = lockFolder(data)
  const run = path.join(data, 'run')
  mkdirSync(run, { recursive: true, mode: 0o700 })
  const stack = newStack(run, () => {})
  const end = async () => {
    await stack.stop()
    release()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => void end().finally(() => process.exit(1)))
  try {
    await reap(run, console.log)
    return await work({ stack, settings, secrets: keepSecrets(data) })
  } finally {
    await end()
  }
}
