import { parseArgs } from 'node:util'
import { retire } from './backup/retire.ts'
import { take } from './backup/take.ts'
import { connected } from './stack/postgres/cluster.ts'
import { runningDatabases } from './stack/running.ts'
import { readSettings } from './stack/settings.ts'

// npm run backup
// Copies the primary while the shop is open, reads the copy back, and puts away what is older than the newest
// HOLDFAST_BACKUPS_KEEP. Ends with 0 when there is a new backup that was verified, with 1 when there is none.

async function main() {
  parseArgs({ options: {} })
  const { backups, backups_kept } = readSettings()
  const { primary } = runningDatabases()
  await connected(primary.admin_url, async (client) => {
    const { rows } = await client.query<{ ours: boolean }>(
      `select pg_try_advisory_lock(hashtext('holdfast backup')) as ours`
    )
    if (!rows[0]!.ours) throw new Error('another one is under way; try again')
    const began = performance.now()
    const backup = await take(client, primary.admin_url, backups)
    const retired = retire(backups, backup.life, backups_kept)
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    const size = (backup.bytes / 1024 / 1024).toFixed(1)
    console.log(
      `${backup.folder}: ${size} MiB, verified, ${seconds} s; ${retired} older ones removed`
    )
  })
}

await main().catch((err: Error) => {
  console.error(`backup: ${err.message}`)
  process.exitCode = 1
})
