import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { launcher } from '../../scripts/stack/supervisor/privilege.ts'
import { choosePort } from '../../scripts/stack/supervisor/ports.ts'
import { GiveUp, until } from '../../scripts/stack/supervisor/until.ts'
import type { Environment } from './environment.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A node in a process of its own, which can be killed. */
export type Node = {
  url: string
  child: ChildProcess
  log(): string
  /** Sends the signal and waits until the process has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>
}

/** Starts `server.ts` in an environment, on a free port, and waits until it answers. */
export async function spawnNode(
  t: Test,
  { env: home, folder }: Environment,
  env: Record<string, string> = {}
): Promise<Node> {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const port = await choosePort()
  const file = path.join(folder, `node-${port}.log`)
  const output = openSync(file, 'a')
  // The node stops when this process ends for any reason.
  const [command = '', ...words] = launcher([process.execPath, 'server.ts'], 'SIGTERM')
  const child = spawn(command, words, {
    cwd: root,
    stdio: ['ignore', output, output],
    env: { PATH, NODE_COMPILE_CACHE, ...home, LOG_LEVEL: 'info', PORT: `${port}`, ...env }
  })
  closeSync(output)
  const exited = once(child, 'exit')
  const log = () => readFileSync(file, 'utf8')
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    child.kill(signal)
    await exited
  }
  t.teardown(() => kill())

  const url = `http://127.0.0.1:${port}`
  const answers = async () => {
    if (child.exitCode !== null) throw new GiveUp(`the node ended with ${child.exitCode}: ${log()}`)
    return (await fetch(`${url}/health/live`)).ok
  }
  // Two seconds on a quiet machine; several nodes that start at once on a busy one have taken 25.
  await until('a node', answers, 60_000)
  return { url, child, log, kill }
}
