import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { cp, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { migrate } from '../../scripts/stack/postgres/migrate.ts'
import { createDatabase, withDatabase } from '../../scripts/stack/postgres/cluster.ts'
import { template } from '../../scripts/stack/test-servers/templates.ts'
import { testServersVariable, type TestServers } from '../../scripts/stack/test-servers/start.ts'
import type { Change, Mutation } from './mutations.ts'

export type Verdict = {
  /** lost: the test was not found, or the run ended before it. */
  word: 'passes' | 'fails' | 'lost'
  seconds: number
  output: string
}

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** A copy of the source with these changes in it. @throws when the text of a change is not found exactly once */
export async function copySource(servers: TestServers, changes: Change[]): Promise<string> {
  const folder = path.join(servers.folder, `mutation_${randomBytes(6).toString('hex')}`)
  await cp(root, folder, { recursive: true, filter: isSource })
  await symlink(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))
  for (const change of changes) await apply(folder, change)
  // A mutated schema gets a template database of its own.
  if (changes.some(({ file }) => file.startsWith('sql/'))) await ownTemplate(servers, folder)
  return folder
}

/** The mutated text of a file. @throws as above */
export async function mutated(folder: string, { file, find, replace }: Change): Promise<string> {
  const parts = (await readFile(path.join(folder, file), 'utf8')).split(find)
  if (parts.length === 2) return parts.join(replace)
  throw new Error(`${parts.length - 1} times in ${file}, and has to be there once: ${find}`)
}

const apply = async (folder: string, change: Change) =>
  writeFile(path.join(folder, change.file), await mutated(folder, change))

/** Neither hidden files nor installed packages. */
function isSource(file: string) {
  const [top = ''] = path.relative(root, file).split(path.sep)
  return top !== 'node_modules' && !top.startsWith('.')
}

async function ownTemplate({ primary }: TestServers, folder: string) {
  const name = path.basename(folder)
  await apply(folder, {
    file: 'scripts/stack/test-servers/templates.ts',
    find: `template = '${template}'`,
    replace: `template = '${name}'`
  })
  await createDatabase(primary.admin_url, name)
  const sql = new URL('sql/', pathToFileURL(`${folder}/`))
  await migrate({ primary: withDatabase(primary.admin_url, name), replicas: [], sql })
}

/** Runs a mutation's command in a copy of the source, with the test servers that are running. */
export async function run(
  servers: TestServers,
  folder: string,
  { command, test }: Pick<Mutation, 'command' | 'test'>
): Promise<Verdict> {
  const began = performance.now()
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, command, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
    env: {
      PATH,
      HOME,
      NODE_COMPILE_CACHE: path.join(servers.folder, 'compiled'),
      [testServersVariable]: JSON.stringify(servers),
      ...(test && { TAP_GREP: `/^${literally(test)}/`, TAP_BAIL: '1' })
    }
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (output += data.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  const seconds = (performance.now() - began) / 1000
  return { word: judge(code, output, test), seconds, output }
}

/** The exit code alone proves nothing: a program that cannot start fails too. So the printed results decide. */
function judge(code: number | null, output: string, test: string | undefined): Verdict['word'] {
  if (test === undefined) return code === 0 ? 'passes' : 'fails'
  // All other tests of the file are skipped, so a failure is one of this test.
  const failed = /^ *(not ok|Bail out!) /m.test(output)
  const passed = new RegExp(`^ok \\d+ - ${literally(test)}.* # time=`, 'm').test(output)
  if (code === 0) return passed ? 'passes' : 'lost'
  return failed ? 'fails' : 'lost'
}

const literally = (text: string) => text.replaceAll(/[^\w ]/g, String.raw`\$&`)
