import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { promisify } from 'node:util'
import { launcher } from '../stack/supervisor/privilege.ts'
import { root } from '../stack/settings.ts'
import { GiveUp, until } from '../stack/supervisor/until.ts'

/** A whole system as an operator uses it: commands in an environment. */
export type System = {
  /** Runs npm start, and resolves when it is ready. */
  start(): Promise<void>
  /** Runs a program of scripts/ to its end. @returns its output @throws the output when the program failed */
  run(program: string, ...words: string[]): Promise<string>
  /** The same for a program that may fail. */
  tryRun(program: string, ...words: string[]): Promise<{ ok: boolean; said: string }>
  stop(): Promise<void>
}

export function openSystem(env: NodeJS.ProcessEnv): System {
  let child: ChildProcess | undefined

  return {
    async start() {
      // The system stops when this process ends for any reason.
      const [command = '', ...args] = launcher(words('start.ts'), 'SIGTERM')
      const started = spawn(command, args, {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true
      })
      child = started
      let said = ''
      for (const stream of [started.stdout, started.stderr])
        stream.on('data', (text) => (said = `${said}${text}`.slice(-10_000)))
      const isReady = () => {
        if (started.exitCode !== null) throw new GiveUp(said.trim())
        return said.includes('Holdfast is ready')
      }
      await until('npm start', isReady, 180_000)
    },
    async run(program, ...rest) {
      const { ok, said } = await execute(env, program, rest)
      if (!ok) throw new Error(`${program}: ${said}`)
      return said
    },
    tryRun: (program, ...rest) => execute(env, program, rest),
    async stop() {
      if (!child || child.exitCode !== null) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    }
  }
}

const words = (program: string) => [process.execPath, path.join(root, 'scripts', program)]

async function execute(env: NodeJS.ProcessEnv, program: string, rest: string[]) {
  const [command = '', ...args] = launcher([...words(program), ...rest], 'SIGTERM')
  try {
    return { ok: true, said: (await promisify(execFile)(command, args, { env })).stdout.trim() }
  } catch (err) {
    const { stdout = '', stderr = '' } = err as { stdout?: string; stderr?: string }
    return { ok: false, said: `${stdout}${stderr}`.trim() }
  }
}
