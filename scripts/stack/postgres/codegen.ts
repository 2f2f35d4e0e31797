import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Writes sql/database.ts from a migrated database, or with `verify` only compares. @throws when they differ */
export async function generateTypes(
  url: string,
  { verify = false, file = 'sql/database.ts' } = {}
): Promise<void> {
  const program = fileURLToPath(import.meta.resolve('kysely-codegen/dist/cli/bin.js'))
  const words = ['--dialect', 'postgres', '--url', url, '--out-file', file]
  // Money, versions and counts are checked to be safe integers and are read as numbers.
  const types = ['--type-mapping', JSON.stringify({ int8: 'number' })]
  const only = ['--include-pattern', 'public.*', '--log-level', 'warn']
  try {
    await execute(
      process.execPath,
      [program, ...words, ...types, ...only, ...(verify ? ['--verify'] : [])],
      { cwd: root }
    )
  } catch (err) {
    const { stdout = '', stderr = '' } = err as { stdout?: string; stderr?: string }
    throw new Error(`${stdout}${stderr}`.trim() || 'kysely-codegen failed', { cause: err })
  }
}
