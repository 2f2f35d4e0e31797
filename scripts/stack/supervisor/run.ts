import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { toolsEnvironment } from './environment.ts'
import { launcher } from './privilege.ts'

const execute = promisify(execFile)

/** Runs a program to its end. @returns its output @throws an Error with the last line that it wrote to stderr */
export async function run(
  words: string[],
  { asPostgres = false, ms = 120_000, env = toolsEnvironment() } = {}
): Promise<string> {
  const [command = '', ...args] = launcher(words, 'SIGKILL', asPostgres)
  try {
    const limits = { timeout: ms, maxBuffer: 16 * 1024 * 1024 }
    return (await execute(command, args, { cwd: '/', env, ...limits })).stdout
  } catch (err) {
    const { stderr = '', message } = err as { stderr?: string; message: string }
    throw new Error(stderr.trim().split('\n').at(-1) || message, { cause: err })
  }
}
