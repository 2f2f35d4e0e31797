import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { checkSums } from './backup/sums.ts'
import { unpack } from './backup/unpack.ts'
import { abandonAfter, choose } from './restore/choose.ts'
import { recover } from './restore/recover.ts'
import { salvage } from './restore/salvage.ts'
import { archiveData } from './stack/postgres/archive-data.ts'
import { archiveOf, listBackups, noteLatest, openArchive } from './stack/postgres/backups.ts'
import { clusterFolder, clusterNames } from './stack/databases.ts'
import { reconcileSince } from './stack/postgres/new-epoch.ts'
import { offline, type Offline } from './stack/offline.ts'
import { run } from './stack/supervisor/run.ts'

// npm run restore -- --at <time>|latest [--timeline N] [--stop]
// Makes the primary anew as it was at that time, from the newest backup before it and the log since. The clusters that were
// there are put aside; the next npm start makes replicas of the restored one.

type Options = { at: Date | undefined; timeline: string | undefined }

async function restore({ stack, settings, secrets }: Offline, { at, timeline }: Options) {
  const { data, backups } = settings
  if (settings.external.primary)
    throw new Error('PRIMARY_URL is set: only clusters that npm start has made can be restored')
  const backup = choose(listBackups(backups), at, timeline !== undefined)
  console.log(`from the backup of ${backup.taken_at}`)
  await checkSums(backup.folder)

  const folder = clusterFolder(data)
  const draft = path.join(folder, 'restored.draft')
  const primary = path.join(folder, 'primary')
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  rmSync(draft, { recursive: true, force: true })
  await unpack(backup.folder, draft)
  // A lost disk's archive may be all there is; a new one begins empty.
  const archive = existsSync(archiveOf(backups, backup.life))
    ? archiveOf(backups, backup.life)
    : openArchive(backups, draft)
  salvage(primary, draft, archive)
  await run(['sync'])
  const shown = await recover(stack, draft, {
    archive,
    at,
    timeline,
    password: secrets.superuser_password
  })

  const aside = archiveData(folder, clusterNames)
  renameSync(draft, primary)
  abandonAfter(listBackups(backups, [backup.life]), shown)
  noteLatest(backups)
  return { shown, aside }
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      at: { type: 'string' },
      timeline: { type: 'string' },
      stop: { type: 'boolean', default: false }
    }
  })
  const { at = '', timeline, stop } = values
  const time = new Date(at)
  if (at !== 'latest' && Number.isNaN(time.getTime()))
    throw new Error('--at is a time, as 2026-01-31T12:00:00Z, or latest')
  if (timeline !== undefined && !/^[1-9]\d{0,8}$/.test(timeline))
    throw new Error(`--timeline is a whole number, not ${timeline}`)
  return { at: at === 'latest' ? undefined : time, timeline, stop }
}

async function main() {
  const { stop, ...options } = readOptions()
  const began = performance.now()
  const { shown, aside } = await offline(stop, (tools) => restore(tools, options))
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`restored to ${shown.toISOString()} in ${seconds} s`)
  if (aside)
    console.log(`what was there before is in ${aside}: remove it when it is not needed any more`)
  console.log(`next: npm start
      npm run reconcile -- --since ${reconcileSince(shown)} --cancel-returned
      npm run backup`)
}

await main().catch((err: Error) => {
  console.error(`restore: ${err.message}`)
  process.exitCode = 1
})
