import { execFile } from 'node:child_process'
import path from 'node:path'
import { ageOfLatest } from './postgres/backups.ts'
import { launcher } from './supervisor/privilege.ts'
import { root, type Settings } from './settings.ts'

const day_ms = 24 * 60 * 60_000
/** The first check is this long after the start: a system that runs for a moment needs no backup. */
const check_ms = 5 * 60_000

/**
 * Takes a backup whenever the newest is a day old, as long as the system runs. A backup that fails is reported and tried
 * again. The owner of an external primary backs it up.
 */
export function backUpDaily(
  { backups, external }: Settings,
  say: (line: string) => void,
  interval_ms = check_ms
): void {
  if (external.primary) return
  const words = [process.execPath, path.join(root, 'scripts', 'backup.ts')]
  // The backup is stopped when this process ends.
  const [command = '', ...args] = launcher(words, 'SIGTERM')
  let running = false
  setInterval(() => {
    if (running || ageOfLatest(backups) < day_ms) return
    running = true
    execFile(command, args, (err, _stdout, stderr) => {
      running = false
      if (err) say(stderr.trim() || err.message)
    })
  }, interval_ms).unref()
}
