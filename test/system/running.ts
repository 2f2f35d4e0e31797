import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Test } from 'tap'
import { identify } from '../../scripts/stack/supervisor/identity.ts'
import { managedEnvironment } from '../../scripts/stack/managed-environment.ts'
import { launcher } from '../../scripts/stack/supervisor/privilege.ts'
import { runningStack, stackFile, type Running } from '../../scripts/stack/running.ts'
import { root } from '../../scripts/stack/settings.ts'
import { GiveUp, until } from '../../scripts/stack/supervisor/until.ts'

type Own<T> = T extends object ? { [Key in keyof T]: Own<NonNullable<T[Key]>> } : T

/** The content of stack.json when the supervisor runs every server. */
export type StackFile = Own<Running>

export type Supervisor = {
  child: ChildProcess
  said(): string
  exited: Promise<unknown>
  stop(signal: NodeJS.Signals): Promise<number | null>
}

/** A data folder and ports of its own for `npm start`, and a way to start it there again and again. */
export async function place(t: Test, nodes: number) {
  const data = mkdtempSync(path.join(tmpdir(), 'holdfast-stack-'))
  const own = await managedEnvironment(data, nodes)
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...own,
    HOLDFAST_PRODUCTS: '25',
    // Several systems may run at once: each is sized for a small machine.
    HOLDFAST_MEMORY_MB: '1024',
    RATE_LIMIT_API: '0'
  }
  const started: Supervisor[] = []
  t.teardown(async () => {
    await Promise.all(started.map((one) => one.stop('SIGTERM')))
    rmSync(data, { recursive: true, force: true })
  })

  const file = stackFile(data)
  const stack = () => runningStack(data) as StackFile
  /** Starts it, and waits until it is ready unless `ready` is false. */
  const start = async ({
    ready = true,
    ...more
  }: { ready?: boolean; [variable: string]: unknown } = {}) => {
    // The kernel ends it with this process, also when this process is killed.
    const [command = '', ...words] = launcher(
      [process.execPath, path.join(root, 'scripts/start.ts')],
      'SIGTERM'
    )
    const child = spawn(command, words, {
      env: { ...env, ...more } as NodeJS.ProcessEnv,
      stdio: 'pipe'
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
    const exited = once(child, 'exit')
    const stop = async (signal: NodeJS.Signals) => {
      child.kill(signal)
      await exited
      return child.exitCode
    }
    const supervisor: Supervisor = { child, said: () => said, exited, stop }
    started.push(supervisor)
    const isReady = () => {
      if (child.exitCode !== null) throw new GiveUp(said)
      return said.includes('Holdfast is ready')
    }
    if (ready) await until('npm start', isReady, 100_000)
    return supervisor
  }
  return { data, env, file, stack, start, door: Number(own.HOLDFAST_PORT) }
}

/** Every process that a stack.json names. */
export function pids({ nodes, nginx, redis, postgres }: StackFile): number[] {
  return [...nodes, nginx, redis, postgres.primary, ...postgres.replicas].map(({ pid }) => pid)
}

export const isRunning = (pid: number) => identify(pid) !== undefined
