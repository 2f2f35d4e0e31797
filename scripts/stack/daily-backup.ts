import { execFile } from 'node:child_process'
import path from 'node:path'
import { ageOfLatest } from './postgres/backups.ts'
import { launcher } from './supervisor/privilege.ts'
import { root, type Settings } from './settings.ts'

const day_ms = 24 * 60 * 60_000
/** Also after a start: a system that is tried out for a moment needs none. */
const every_ms = 5 * 60_000

/**
 * Takes a backup whenever the newest is a day old, as long as the system runs; one that fails is told and tried again.
 * Servers of somebody else's are theirs to back up.
 */
export function backUpDaily(
  { backups, external }: Settings,
  say: (line: string) => void,
  look_every_ms = every_ms
): void {
  if (external.primary) return
  const words = [process.execPath, path.join(root, 'scripts', 'backup.ts')]
  // Ends with this process.
  const [command = '', ...args] = launcher(words, 'SIGTERM')
  let running = false
  setInterval(() => {
    if (running || ageOfLatest(backups) < day_ms) return
    running = true
    execFile(command, args, (err, _stdout, stderr) => {
      running = false
      if (err) say(stderr.trim() || err.message)
    })
  }, look_every_ms).unref()
}
