import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { root } from '../../scripts/stack/settings.ts'
import { makeFolder } from '../../scripts/stack/supervisor/make-folder.ts'
import { keepSecrets } from '../../scripts/stack/supervisor/secrets.ts'
import { newSupervisorLog } from '../../scripts/stack/supervisor/supervisor-log.ts'

t.test('npm start refuses options that it does not know, in one line', async (t) => {
  const folder = t.testdir()
  const start = (words: string[]) =>
    spawnSync(process.execPath, [path.join(root, 'scripts/start.ts'), ...words], {
      env: { ...process.env, HOLDFAST_DATA: path.join(folder, 'data') },
      encoding: 'utf8'
    })
  const unknown = start(['--nodes', '3'])
  t.match(unknown, { status: 1, stdout: '', stderr: /^holdfast: Unknown option '--nodes'.*\n$/ })
  t.match(start(['now']), { status: 1, stderr: /^holdfast: Unexpected argument 'now'.*\n$/ })
})

t.test('a data folder that cannot be made is one line that names the variable', async (t) => {
  const folder = t.testdir({ file: '' })
  const wrong = (words: string[]) => path.join(folder, ...words)
  const fails = (place: string, reason: RegExp) =>
    t.throws(() => makeFolder(place, 'HOLDFAST_DATA'), { message: reason })
  fails(
    wrong(['file']),
    /file cannot be made: a file of that name is in the way; set HOLDFAST_DATA/
  )
  fails(wrong(['file', 'data']), /cannot be made: .+; set HOLDFAST_DATA to another$/)
  fails(wrong(['a'.repeat(300)]), /its name is too long; set HOLDFAST_DATA/)
  if (process.platform === 'linux')
    fails('/proc/holdfast/data', /this system takes no folders there; set HOLDFAST_DATA/)
  makeFolder(wrong(['new', 'data']), 'HOLDFAST_DATA')
  makeFolder(wrong(['new', 'data']), 'HOLDFAST_DATA')
})

t.test('a damaged secrets.json is never replaced by new secrets', async (t) => {
  const folder = t.testdir()
  const secrets = keepSecrets(folder)
  t.same(keepSecrets(folder), secrets)
  writeFileSync(path.join(folder, 'secrets.json'), '{ "admin_key": "hf_')
  t.throws(() => keepSecrets(folder), { message: /secrets\.json cannot be read, or is damaged/ })
  t.equal(readFileSync(path.join(folder, 'secrets.json'), 'utf8'), '{ "admin_key": "hf_')
})

t.test('what the supervisor said stays in its log, with the time', async (t) => {
  const run = t.testdir()
  const said = t.capture(console, 'log')
  const log = newSupervisorLog()
  log.say('before the folder is known')
  log.keepIn(run)
  log.say('node1 ended (SIGKILL), starting it again\nand a second line')
  t.equal(said().length, 2)
  t.match(
    readFileSync(path.join(run, 'supervisor.log'), 'utf8'),
    /^\d{4}-\S+Z node1 ended \(SIGKILL\), starting it again\n\d{4}-\S+Z and a second line\n$/
  )
})
