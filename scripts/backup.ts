import { parseArgs } from 'node:util'
import { runHook } from './backup/hook.ts'
import { retire } from './backup/retire.ts'
import { take } from './backup/take.ts'
import { connected } from './stack/postgres/cluster.ts'
import { runningDatabases } from './stack/running.ts'
import { readSettings } from './stack/settings.ts'
import { makeFolder } from './stack/supervisor/make-folder.ts'
import { keepSecrets } from './stack/supervisor/secrets.ts'

// npm run backup
// Copies the primary while the shop is open, verifies the copy, and removes older backups than the newest
// HOLDFAST_BACKUPS_KEEP; then HOLDFAST_BACKUP_HOOK takes them to another place. Exit code 0: there is a new, verified
// backup, and the hook has succeeded; 1: one of the two is not so.

async function main() {
  parseArgs({ options: {} })
  const { data, backups, backups_kept, backup_hook } = readSettings()
  makeFolder(data, 'HOLDFAST_DATA')
  const { backup_key: key } = keepSecrets(data)
  const { primary } = runningDatabases()
  await connected(primary.admin_url, async (client) => {
    const { rows } = await client.query<{ locked: boolean }>(
      `select pg_try_advisory_lock(hashtext('holdfast backup')) as locked`
    )
    if (!rows[0]!.locked) throw new Error('another backup is running; try again later')
    const started = performance.now()
    const backup = await take(client, primary.admin_url, { backups, key })
    const retired = retire(backups, backup.life, backups_kept)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    const size = (backup.bytes / 1024 / 1024).toFixed(1)
    console.log(
      `${backup.folder}: ${size} MiB, verified, ${seconds} s; ${retired} older ones removed`
    )
    if (backup_hook) await runHook(backup_hook, backups)
  })
}

await main().catch((err: Error) => {
  console.error(`backup: ${err.message}`)
  process.exitCode = 1
})
