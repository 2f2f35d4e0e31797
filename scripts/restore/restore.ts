import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { checkSignature, checkSums } from '../backup/sums.ts'
import { unpack } from '../backup/unpack.ts'
import { clusterFolder, clusterNames } from '../stack/databases.ts'
import type { Offline } from '../stack/offline.ts'
import { archiveData } from '../stack/postgres/archive-data.ts'
import { archiveOf, listBackups, noteLatest, openArchive } from '../stack/postgres/backups.ts'
import { logSigningEnvironment } from '../stack/postgres/log-signature.ts'
import { checkReach } from '../stack/supervisor/privilege.ts'
import { run } from '../stack/supervisor/run.ts'
import { abandonAfter, choose } from './choose.ts'
import { dropSettings } from './drop-settings.ts'
import type { Options } from './options.ts'
import { recover } from './recover.ts'
import { salvage } from './salvage.ts'

/** Puts a restored primary in the place of the old clusters. @returns the moment it shows, and where the old ones are */
export async function restore(
  { stack, settings, secrets }: Offline,
  { at, timeline, unsigned, copy }: Options
) {
  const { data, backups } = settings
  if (settings.external.primary)
    throw new Error('PRIMARY_URL is set: only clusters that npm start created can be restored')
  const backup = choose(listBackups(backups), at, timeline !== undefined)
  console.log(`from the backup of ${backup.taken_at}`)
  if (!unsigned) checkSignature(backup, secrets.backup_key)
  await checkSums(backup.folder)

  const folder = clusterFolder(data)
  const draft = path.join(folder, 'restored.draft')
  const primary = path.join(folder, 'primary')
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  checkReach(folder)
  checkReach(backup.folder)
  rmSync(draft, { recursive: true, force: true })
  await unpack(backup.folder, draft)
  dropSettings(draft)
  // After the loss of a disk the log archive may be missing too: then start with an empty one.
  const archive = existsSync(archiveOf(backups, backup.life))
    ? archiveOf(backups, backup.life)
    : openArchive(backups, draft)
  salvage(primary, draft, archive)
  await run(['sync'])
  const shown = await recover(stack, draft, {
    archive,
    signing: {
      ...logSigningEnvironment(secrets.backup_key),
      ...(unsigned && { WAL_UNSIGNED: 'yes' })
    },
    at,
    timeline,
    copy,
    password: secrets.superuser_password
  })

  const archived = archiveData(folder, clusterNames)
  renameSync(draft, primary)
  abandonAfter(listBackups(backups, [backup.life]), shown)
  noteLatest(backups)
  return { shown, archived }
}
