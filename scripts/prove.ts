import { onManagedStack } from './prove/managed-stack.ts'
import { readOptions, usage } from './prove/options.ts'
import { prove } from './prove/prove.ts'
import { takeStack } from './prove/target.ts'

// npm run prove -- [--help]
// Buyers, staff and faults on a real system, then a proof report of what held.

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') return console.log(usage)
  if (options.stack) process.exit(await prove(takeStack(options.stack), options))
  await onManagedStack((target) => prove(target, options))
}

await main().catch((err: Error) => {
  console.error(`holdfast: ${err.message}`)
  process.exit(2)
})
