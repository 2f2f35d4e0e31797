import { parseArgs } from 'node:util'
import { fillCatalog } from './seed/fill-catalog.ts'
import { provision } from './stack/postgres/provision.ts'
import { readSettings } from './stack/settings.ts'

// npm run provision
// Makes external databases ready for nodes: role, schema, replicas that follow the primary. Safe to repeat.

async function main() {
  parseArgs({ options: {} })
  const settings = readSettings()
  const { primary, replicas = [] } = settings.external
  if (!primary)
    throw new Error('set PRIMARY_URL and PRIMARY_ADMIN_URL (and REPLICA_URLS, REPLICA_ADMIN_URLS)')
  await provision({ primary, replicas })
  // Only when HOLDFAST_PRODUCTS is set: a real shop begins empty.
  if (process.env.HOLDFAST_PRODUCTS) await fillCatalog(primary.admin_url, settings, console.log)
  console.log(`ready: a primary and ${replicas.length} replicas that follow it`)
}

await main().catch((err: Error) => {
  console.error(`provision: ${err.message}`)
  process.exitCode = 1
})
