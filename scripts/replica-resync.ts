import { parseArgs } from 'node:util'
import { subscriptionOf } from './stack/databases.ts'
import { resync } from './stack/postgres/resync.ts'
import { replicaNumber, runningDatabases } from './stack/running.ts'

// npm run replica:resync -- <number>
// Rebuilds one replica from the primary while the shop is open; the replica's own rows are deleted. For a replica that
// cannot continue (a lost slot, a duplicate row) or that differs from the primary.

async function main() {
  const { positionals } = parseArgs({ allowPositionals: true })
  const { primary, replicas } = runningDatabases()
  const number = replicaNumber(positionals[0], replicas.length)
  const began = performance.now()
  const { admin_url } = replicas[number - 1]!
  await resync(primary.admin_url, { admin_url, name: subscriptionOf(number - 1) })
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`replica ${number} was rebuilt in ${seconds} s`)
}

await main().catch((err: Error) => {
  console.error(`replica:resync: ${err.message}`)
  process.exitCode = 1
})
