import { readOptions } from './restore/options.ts'
import { restore } from './restore/restore.ts'
import { offline } from './stack/offline.ts'
import { nextSteps } from './stack/postgres/new-epoch.ts'

// npm run restore -- --at <time>|latest [--timeline N] [--stop] [--copy]
// Rebuilds the primary as it was at that time, from the newest backup before it and the write-ahead log since. The old
// clusters are moved to a folder of their own; the next npm start copies the replicas from the restored primary. With --copy it
// becomes another shop, such as a staging system, which leaves the charges of the original alone.

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
  console.log(options.copy ? 'this is a copy, and another shop. next: npm start' : nextSteps(shown))
}

await main().catch((err: Error) => {
  console.error(`restore: ${err.message}`)
  process.exitCode = 1
})
