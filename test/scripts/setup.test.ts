import { execFile } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readFileSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { root } from '../../scripts/stack/settings.ts'

const execute = promisify(execFile)
const tools = [
  'cat',
  'cmp',
  'cp',
  'dirname',
  'env',
  'flock',
  'grep',
  'ls',
  'mkdir',
  'mv',
  'sh',
  'tr',
  'uname'
]

t.test('setup.sh is silent and installs nothing when there is nothing to do', async (t) => {
  const machine = fresh(t, { lock: 'same' })
  t.same(await machine.setup(), { code: 0, said: '' })
  t.equal(machine.called(), '')
})

t.test(
  'setup.sh installs the packages when the lock file changed; two at once install them once',
  async (t) => {
    const machine = fresh(t, { lock: 'changed' })
    const both = await Promise.all([machine.setup(), machine.setup()])
    t.same(
      both.map(({ code }) => code),
      [0, 0]
    )
    t.match(machine.called(), /^npm ci .*\n$/)
    t.equal((await machine.setup()).said, '')
  }
)

t.test('setup.sh installs a Node that runs TypeScript beside an old one', async (t) => {
  const machine = fresh(t, { lock: 'same', node: 'old' })
  t.match(await machine.setup(), { code: 0, said: /cannot run TypeScript: putting \S*24\./ })
  t.match(machine.called(), /^npm install --no-save node-linux-\w+@24\.\d+\.\d+ /)
  t.equal((await machine.setup()).said, '')
})

t.test('setup.sh says in one line what to install when it may not install it', async (t) => {
  const machine = fresh(t, { lock: 'same' })
  const result = await machine.setup({ REDIS_BIN: '', PG_BIN: '' })
  t.match(result, { code: 1, said: /^setup: please install: .*redis-server.*\n$/ })
})

type Kind = { lock: 'same' | 'changed'; node?: 'old' }

/** A clone with a PATH of its own: only `tools` are in it, and scripts stand in for npm, sudo and an old Node. */
function fresh(t: Test, { lock, node }: Kind) {
  const folder = t.testdir({
    bin: {},
    scripts: {},
    node_modules: { '.bin': {}, '.installed-lock.json': 'a' }
  })
  const at = (...names: string[]) => path.join(folder, ...names)
  copyFileSync(path.join(root, 'scripts/setup.sh'), at('scripts/setup.sh'))
  writeFileSync(at('package.json'), '{}')
  writeFileSync(at('package-lock.json'), lock === 'same' ? 'a' : 'b')
  writeFileSync(at('called'), '')

  const standIn = (name: string, text: string) => {
    writeFileSync(at('bin', name), `#!/bin/sh\n${text}\n`)
    chmodSync(at('bin', name), 0o755)
  }
  const places = ['/bin', '/usr/bin']
  for (const tool of tools) {
    const found = places.map((place) => path.join(place, tool)).find((file) => existsSync(file))
    if (found) symlinkSync(found, at('bin', tool))
  }
  if (node === 'old') standIn('node', '[ "$1" = -v ] && echo v20.0.0; exit 1')
  else symlinkSync(process.execPath, at('bin/node'))
  const link = `[ "$1" != install ] || ln -s '${process.execPath}' '${at('node_modules/.bin/node')}'`
  standIn(
    'npm',
    `[ "$1" = config ] && echo '${at('cache')}' && exit\necho "npm $*" >> '${at('called')}'\n${link}`
  )
  standIn('id', 'echo 1000')
  standIn('sudo', 'exit 1')
  if (existsSync('/bin/ln')) symlinkSync('/bin/ln', at('bin/ln'))

  const setup = async (env: Record<string, string> = {}) => {
    const servers = { PG_BIN: '/x', REDIS_BIN: '/x', NGINX_BIN: '/x' }
    const words = [at('scripts/setup.sh')]
    try {
      const { stdout, stderr } = await execute('/bin/sh', words, {
        env: { PATH: at('bin'), ...servers, ...env }
      })
      return { code: 0, said: stdout + stderr }
    } catch (err) {
      const { code, stdout, stderr } = err as { code: number; stdout: string; stderr: string }
      return { code, said: stdout + stderr }
    }
  }
  return { setup, called: () => readFileSync(at('called'), 'utf8') }
}
