import { bench } from './bench/bench.ts'
import { readOptions, usage } from './bench/options.ts'
import { onBench } from './bench/system.ts'

// npm run bench -- [--help]
// Measures a node beside the limits of its machine.

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') return console.log(usage)
  await onBench(options, (system) => bench(system, options))
}

await main().catch((err: Error) => {
  console.error(`holdfast: ${err.message}`)
  process.exit(2)
})
