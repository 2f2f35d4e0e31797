import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import { retire } from '../../scripts/backup/retire.ts'
import { checkSums, writeSums } from '../../scripts/backup/sums.ts'
import { abandonAfter, choose } from '../../scripts/restore/choose.ts'
import { salvage } from '../../scripts/restore/salvage.ts'
import {
  archiveOf,
  backupsOf,
  listBackups,
  noteLatest
} from '../../scripts/stack/postgres/backups.ts'
import { backUpDaily } from '../../scripts/stack/daily-backup.ts'
import { readSettings } from '../../scripts/stack/settings.ts'
import { until } from '../../scripts/stack/supervisor/until.ts'
import { day_ms, make, segment, sh } from './backup-support.ts'

const at = (days: number) => new Date(Date.now() + days * day_ms + 1000)
const control = (identifier: number) => ({
  pg_control: Buffer.from([identifier, 0, 0, 0, 0, 0, 0, 0])
})

t.test('archive.sh keeps a segment complete and once', async (t) => {
  const folder = t.testdir({ one: 'a'.repeat(100_000), other: 'b', wal: {} })
  const archive = (file: string) => sh(folder, 'archive.sh', [path.join(folder, file), segment(1)])
  const kept = path.join(folder, 'wal', `${segment(1)}.gz`)
  t.equal(await archive('one'), 0)
  t.equal(gunzipSync(readFileSync(kept)).toString(), 'a'.repeat(100_000))
  t.equal(await archive('one'), 0, 'a repeated call finds it kept')
  t.not(await archive('other'), 0, 'another segment of that name is refused')
  t.equal(gunzipSync(readFileSync(kept)).toString(), 'a'.repeat(100_000))
  const files = [`${segment(1)}.gz`, `${segment(1)}.sig`]
  t.same(readdirSync(path.join(folder, 'wal')), files, 'and no draft is left')
  t.not(await archive('missing'), 0)
})

t.test('archive.sh replaces a draft that a crash left', async (t) => {
  const folder = t.testdir({ one: 'a', wal: { [`.${segment(1)}.draft`]: 'half' } })
  t.equal(await sh(folder, 'archive.sh', [path.join(folder, 'one'), segment(1)]), 0)
  t.same(readdirSync(path.join(folder, 'wal')), [`${segment(1)}.gz`, `${segment(1)}.sig`])
})

t.test('fetch.sh distinguishes the end of the log from a broken segment', async (t) => {
  const folder = t.testdir({ one: 'a'.repeat(100_000), wal: {} })
  const fetch = () => sh(folder, 'fetch.sh', [segment(1), path.join(folder, 'back')])
  t.equal(await fetch(), 1)
  await sh(folder, 'archive.sh', [path.join(folder, 'one'), segment(1)])
  t.equal(await fetch(), 0)
  t.equal(readFileSync(path.join(folder, 'back'), 'utf8'), 'a'.repeat(100_000))
  const kept = path.join(folder, 'wal', `${segment(1)}.gz`)
  writeFileSync(kept, readFileSync(kept).subarray(0, 40))
  t.ok((await fetch())! > 125, 'recovery stops')
})

t.test('the check of a backup names a damaged file', async (t) => {
  const folder = t.testdir({ 'base.tar.gz': 'one', 'shop.dump': 'two' })
  await writeSums(folder)
  await checkSums(folder)
  writeFileSync(path.join(folder, 'shop.dump'), 'twp')
  await t.rejects(checkSums(folder), {
    message: `${path.join(folder, 'shop.dump')} is damaged: its checksum differs`
  })
})

t.test('a backup run keeps the newest backups and the log since the oldest of them', async (t) => {
  const backups = t.testdir()
  for (const number of [1, 2, 3, 4]) make(backups, '11', number, number)
  const archive = archiveOf(backups, '11')
  mkdirSync(archive)
  const log = [1, 2, 3, 4, 5].map((number) => `${segment(number)}.gz`)
  for (const name of [...log, '00000002.history.gz', `${segment(2)}.00000028.backup.gz`])
    writeFileSync(path.join(archive, name), '')
  t.equal(retire(backups, '11', 2), 2)
  t.same(
    listBackups(backups).map(({ start_wal }) => start_wal),
    [segment(4), segment(3)]
  )
  t.same(readdirSync(archive).toSorted(), ['00000002.history.gz', ...log.slice(2)].toSorted())
  t.equal(retire(backups, '11', 2), 0)
})

t.test('old backups of an earlier cluster are removed with their log', async (t) => {
  const backups = t.testdir()
  make(backups, '11', 1, -9)
  make(backups, '22', 2, -3)
  make(backups, '33', 3, 0)
  for (const cluster of ['11', '22', '33']) mkdirSync(archiveOf(backups, cluster))
  t.equal(retire(backups, '33', 7), 1)
  t.notOk(existsSync(backupsOf(backups, '11')))
  t.ok(existsSync(archiveOf(backups, '22')))
})

t.test('a restore chooses the newest backup that was finished in time', async (t) => {
  const backups = t.testdir()
  for (const number of [1, 2, 3]) make(backups, '11', number, number)
  const chosen = (time?: Date, all = false) => choose(listBackups(backups), time, all).start_wal
  t.equal(chosen(), segment(3))
  t.equal(chosen(at(2)), segment(2))
  t.throws(() => chosen(at(0)), { message: /^the oldest backup is of .+: nothing before that/ })

  abandonAfter(listBackups(backups), at(1))
  t.equal(chosen(), segment(1), 'backups of an old timeline are not used')
  t.equal(chosen(at(2), true), segment(2), 'unless a timeline is named')
  t.throws(() => choose([], undefined, false), { message: /^there is no backup/ })
})

t.test('the daily backup runs when the newest backup is a day old', async (t) => {
  const data = t.testdir()
  process.env.HOLDFAST_DATA = data
  const settings = readSettings({ HOLDFAST_DATA: data })
  const { backups } = settings
  make(backups, '11', 1, 0)
  noteLatest(backups)
  const said: string[] = []
  backUpDaily(settings, (line) => said.push(line), 10)
  await sleep(100)
  t.same(said, [], 'there is one')
  make(backups, '11', 1, -1.01)
  noteLatest(backups)
  // No system runs there that could be backed up.
  t.match(await until('it to be tried', () => said[0]), /^backup: no system runs in /)
})

t.test('a restore copies log that was not archived yet from the old cluster', async (t) => {
  const old = { [segment(1)]: 'one', [segment(2)]: 'two', archive_status: {} }
  const folder = t.testdir({
    old: { global: control(1), pg_wal: old },
    restored: { global: control(1), pg_wal: {} },
    other: { global: control(2), pg_wal: {} },
    archive: { [`${segment(1)}.gz`]: '' }
  })
  const of = (name: string) => path.join(folder, name)
  const log = (name: string) => readdirSync(path.join(of(name), 'pg_wal'))
  salvage(of('old'), of('restored'), of('archive'))
  t.same(log('restored'), [segment(2)])
  salvage(of('old'), of('other'), of('archive'))
  t.same(log('other'), [], 'of another cluster nothing fits')
  salvage(of('missing'), of('other'), of('archive'))
})
