import { execFile, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { runHook } from '../../scripts/backup/hook.ts'
import { checkSignature, sign } from '../../scripts/backup/sums.ts'
import { dropSettings } from '../../scripts/restore/drop-settings.ts'
import { listBackups } from '../../scripts/stack/postgres/backups.ts'
import { make, segment, sh } from './backup-support.ts'

t.test('fetch.sh refuses archived log that the shop did not sign', async (t) => {
  const folder = t.testdir({ one: 'a'.repeat(1000), other: 'b', wal: {} })
  const kept = (number: number, ending: string) =>
    path.join(folder, 'wal', `${segment(number)}.${ending}`)
  const back = path.join(folder, 'back')
  const fetch = (number: number, env = {}) => sh(folder, 'fetch.sh', [segment(number), back], env)
  for (const [number, file] of [
    [1, 'one'],
    [2, 'other']
  ] as const)
    await sh(folder, 'archive.sh', [path.join(folder, file), segment(number)])

  t.equal(await fetch(1), 0)
  const signed = readFileSync(kept(1, 'gz'))
  writeFileSync(kept(1, 'gz'), gzipSync('changed'))
  t.ok((await fetch(1)) > 125, 'a changed segment')
  t.notOk(existsSync(back), 'and PostgreSQL finds nothing of it')
  t.equal(await fetch(1, { WAL_UNSIGNED: 'yes' }), 0, 'unless the operator wants it')
  copyFileSync(kept(2, 'gz'), kept(1, 'gz'))
  copyFileSync(kept(2, 'sig'), kept(1, 'sig'))
  t.ok((await fetch(1)) > 125, 'a signed segment under the name of another one')
  writeFileSync(kept(2, 'gz'), signed)
  t.ok((await fetch(2)) > 125)
  rmSync(kept(2, 'sig'))
  t.ok((await fetch(2)) > 125, 'a segment without a signature')
  t.ok((await fetch(1, { WAL_KEY_2: 'b'.repeat(64) })) > 125, 'the key of another shop')
})

t.test('a restore believes only a backup that was signed with its key', async (t) => {
  const backups = t.testdir({ other: { SHA256SUMS: 'other sums' } })
  make(backups, '11', 1, 0)
  const [backup] = listBackups(backups)
  const { folder, ...facts } = backup!
  writeFileSync(path.join(folder, 'SHA256SUMS'), 'sums')
  t.throws(() => checkSignature(backup!, 'key'), { message: / has no signature: .+--unsigned/ })
  sign(folder, facts, 'key')
  checkSignature(backup!, 'key')
  checkSignature({ ...backup!, is_abandoned: true }, 'key')

  const changed = / was changed, or is the backup of another shop: .+--unsigned/
  t.throws(() => checkSignature(backup!, 'another key'), { message: changed })
  t.throws(() => checkSignature({ ...backup!, start_wal: segment(9) }, 'key'), { message: changed })
  copyFileSync(path.join(backups, 'other', 'SHA256SUMS'), path.join(folder, 'SHA256SUMS'))
  t.throws(() => checkSignature(backup!, 'key'), { message: changed })
})

t.test('a restore takes no configuration from a backup', (t) => {
  const data = t.testdir({
    'postgresql.auto.conf': "recovery_end_command = 'id > /tmp/who'",
    'pg_hba.conf': 'host all all 0.0.0.0/0 trust',
    'standby.signal': '',
    PG_VERSION: '15'
  })
  const read = (name: string) => readFileSync(path.join(data, name), 'utf8')
  dropSettings(data)
  t.equal(read('postgresql.auto.conf'), '')
  t.notMatch(read('pg_hba.conf'), 'trust')
  t.match(read('pg_hba.conf'), /^host +all +all +127\.0\.0\.1\/32 +scram-sha-256$/m)
  t.notOk(existsSync(path.join(data, 'standby.signal')))
  t.equal(read('PG_VERSION'), '15')
  t.end()
})

t.test('the backup hook gets the folder of the backups, and its failure is told', async (t) => {
  const backups = t.testdir()
  await runHook(`sh -c 'echo "$2" > "$2/$1"' hook told`, backups)
  t.equal(readFileSync(path.join(backups, 'told'), 'utf8'), `${backups}\n`)
  await t.rejects(runHook('sh -c "echo no such host >&2; exit 3"', backups), {
    message: 'the backup was taken, but HOLDFAST_BACKUP_HOOK failed: no such host'
  })
})

const hasGpg = spawnSync('gpg', ['--version']).status === 0
t.test(
  'backups leave the machine encrypted, and come back as they were',
  { skip: !hasGpg && 'gpg is not installed' },
  async (t) => {
    const folder = t.testdir({
      target: {},
      back: {},
      backups: { 11: { one: { 'base.tar.gz': 'the files' }, wal: { [`${segment(1)}.gz`]: 'log' } } }
    })
    const of = (name: string) => path.join(folder, name)
    // The path of gpg-agent's socket has 108 characters at most.
    const home = mkdtempSync(path.join(tmpdir(), 'gpg-'))
    const env = { ...process.env, GNUPGHOME: home }
    const run = (...words: string[]) => promisify(execFile)('sh', words, { env })
    t.teardown(() => {
      spawnSync('gpgconf', ['--kill', 'all'], { env })
      rmSync(home, { recursive: true, force: true })
    })
    const key = '--quick-generate-key shop@example.com default default never'
    await run('-c', `gpg --batch --quiet --passphrase '' --pinentry-mode loopback ${key}`)
    const encrypt = () =>
      run('infra/encrypt-backups.sh', 'shop@example.com', of('target'), of('backups'))
    await encrypt()
    const files = ['11/one/base.tar.gz', `11/wal/${segment(1)}.gz`]
    for (const file of files)
      t.notMatch(readFileSync(path.join(of('target'), `${file}.gpg`), 'latin1'), /the files|log/)

    await run('infra/decrypt-backups.sh', of('target'), of('back'))
    for (const file of files)
      t.equal(
        readFileSync(path.join(of('back'), file), 'utf8'),
        readFileSync(path.join(of('backups'), file), 'utf8')
      )
    rmSync(path.join(of('backups'), '11/one'), { recursive: true })
    await encrypt()
    t.same(readdirSync(path.join(of('target'), '11')), ['wal'], 'a retired backup is removed there')
  }
)
