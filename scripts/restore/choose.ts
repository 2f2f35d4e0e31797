import path from 'node:path'
import { writeJson } from '../stack/supervisor/files.ts'
import type { Backup } from '../stack/postgres/backups.ts'

/** The newest backup that was finished before `at` (undefined: the newest of all). `backups` are sorted, newest first. */
export function choose(backups: Backup[], at: Date | undefined, with_abandoned: boolean): Backup {
  const usable = backups.filter(({ is_abandoned }) => with_abandoned || !is_abandoned)
  const found = usable.find(({ finished_at }) => !at || new Date(finished_at) <= at)
  if (found) return found
  const oldest = usable.at(-1)
  throw new Error(
    oldest
      ? `the oldest backup is of ${oldest.finished_at}: nothing before that can be restored`
      : 'there is no backup in the folder HOLDFAST_BACKUPS'
  )
}

/** Marks the backups that were finished after the restored moment: they belong to a timeline that was left. */
export function abandonAfter(backups: Backup[], moment: Date): void {
  for (const { folder, ...backup } of backups)
    if (new Date(backup.finished_at) > moment)
      writeJson(path.join(folder, 'backup.json'), { ...backup, is_abandoned: true })
}
