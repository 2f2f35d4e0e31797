import { readOptions } from './restore/options.ts'
import { restore } from './restore/restore.ts'
import { offline } from './stack/offline.ts'
import { reconcileSince } from './stack/postgres/new-epoch.ts'

// npm run restore -- --at <time>|latest [--timeline N] [--stop]
// Rebuilds the primary as it was at that time, from the newest backup before it and the write-ahead log since. The old
// clusters are moved to a folder of their own; the next npm start copies the replicas from the restored primary.

async function main() {
  const { stop, ...options } = readOptions()
  const began = performance.now()
  const { shown, archived } = await offline(stop, (tools) => restore(tools, options))
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`restored to ${shown.toISOString()} in ${seconds} s`)
  if (archived)
    console.log(
      `the clusters of before are in ${archived}: remove them when you no longer need them`
    )
  console.log(`next: npm start
      npm run reconcile -- --since ${reconcileSince(shown)} --cancel-returned
      npm run backup`)
}

await main().catch((err: Error) => {
  console.error(`restore: ${err.message}`)
  process.exitCode = 1
})
