import { parseArgs } from 'node:util'
import { migrate } from './stack/postgres/migrate.ts'

// npm run migrate -- [--anyway]
// Brings the primary and the replicas of the environment to the newest schema, while the shop is open.

async function main() {
  const { values } = parseArgs({ options: { anyway: { type: 'boolean', default: false } } })
  const { PRIMARY_ADMIN_URL, PRIMARY_URL, REPLICA_ADMIN_URLS, REPLICA_URLS } = process.env
  const primary = PRIMARY_ADMIN_URL || PRIMARY_URL
  if (!primary) throw new Error('set PRIMARY_ADMIN_URL or PRIMARY_URL to the database to migrate')
  const replicas = (REPLICA_ADMIN_URLS || REPLICA_URLS || '').split(',').filter(Boolean)
  const user = PRIMARY_URL && decodeURIComponent(new URL(PRIMARY_URL).username)
  const applied = await migrate({ primary, replicas, ...values, ...(user ? { role: user } : {}) })
  console.log(applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to do')
}

await main().catch((err: Error) => {
  console.error(`migrate: ${err.message}`)
  process.exitCode = 1
})
