import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { root } from '../../scripts/stack/settings.ts'

/*
 * The recipes of CONTRIBUTING.md, walked as a contributor would in a copy of the repository: each is begun with
 * `npm run new`, and what it makes passes the checks and its tests against real servers.
 */

t.setTimeout(600_000)
const run = promisify(execFile)
const copy = await mkdtemp(path.join(tmpdir(), 'holdfast-recipes-'))
t.teardown(() => rm(copy, { recursive: true, force: true }))

const listed = await run('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root })
for (const name of listed.stdout.trim().split('\n'))
  await cp(path.join(root, name), path.join(copy, name)).catch(ignoreDeleted)
// The structure check asks git for the files.
await run('git', ['init', '--quiet'], { cwd: copy })
await symlink(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))

/** Runs a command in the copy. What it prints is the reason when it fails. */
async function inCopy(command: string, ...words: string[]): Promise<string> {
  const bin = path.join(copy, 'node_modules/.bin')
  // The copy's tests start servers of their own, and its programs are not this test's.
  const { HOLDFAST_TEST_SERVERS: _servers, NODE_OPTIONS: _options, ...env } = process.env
  try {
    const { stdout } = await run(command, words, {
      cwd: copy,
      env: { ...env, PATH: `${bin}:${env.PATH}` },
      maxBuffer: 2 ** 26
    })
    return stdout
  } catch (err) {
    const { stdout: out, stderr } = err as { stdout: string; stderr: string }
    throw new Error(`${command} ${words.join(' ')}: ${out}${stderr}`, { cause: err })
  }
}

function ignoreDeleted(err: NodeJS.ErrnoException): void {
  if (err.code !== 'ENOENT') throw err
}

const recipe = (kind: string, name: string, ...options: string[]) =>
  inCopy('node', 'scripts/new.ts', kind, name, ...options)

t.test('a contributor begins an endpoint, a plugin, a payment provider and a sink', async (t) => {
  t.match(await recipe('endpoint', 'gift-cards'), /made routes\/gift-cards/)
  t.match(await recipe('endpoint', 'admin/tax-rates'), /made routes\/admin\/tax-rates/)
  t.match(await recipe('plugin', 'price-watch', '--group', 'shop'), /made plugins\/shop/)
  t.match(await recipe('provider', 'acme-pay'), /made plugins\/shop\/payments/)
  t.match(await recipe('sink', 'event-files'), /made plugins\/background\/outbox\/sinks/)
  await t.rejects(recipe('endpoint', 'gift-cards'), /is there already/)
  const before = await inCopy('git', 'status', '--porcelain', '--untracked-files=all')
  await t.rejects(recipe('endpoint', 'Gift_Cards'), /lower-case words/)
  await t.rejects(recipe('provider', 'class'), /has a meaning in the code/)
  await t.rejects(recipe('plugin', 'price-list', '--group', 'kernel'), /cannot be in kernel/)
  const after = await inCopy('git', 'status', '--porcelain', '--untracked-files=all')
  t.equal(after, before, 'what is refused leaves nothing behind')
})

t.test(
  'what the recipes make has the form, the types and the structure that are asked for',
  async () => {
    await inCopy('prettier', '--check', 'plugins', 'routes', 'test')
    await inCopy('oxlint', '--deny-warnings')
    await inCopy('tsc')
    await inCopy('node', 'scripts/structure.ts')
  }
)

t.test('what the recipes make boots and passes its tests', { timeout: 600_000 }, async (t) => {
  const output = await inCopy(
    'node',
    'scripts/test.ts',
    'test/routes/gift-cards.test.ts',
    'test/routes/admin/tax-rates.test.ts',
    'test/plugins/shop/price-watch.test.ts',
    'test/plugins/shop/payments/*.test.ts',
    'test/plugins/background/outbox/{contract,sinks}.test.ts'
  )
  t.match(output, /^\d+ passed, 0 failed$/m)
})
