import { broken, large, small } from '../test/model/configurations.ts'
import { verify } from '../test/model/spin.ts'

// npm run test:model -- [--all] [--trail DEFINE,…]
// Checks every state of the order workflow's model: the configurations that must hold, and the broken ones that must be
// detected. `--all`: the large configurations too. `--trail DEFINE,…` runs one configuration and prints the steps to its
// violation.
const megabytes = 6000
const [option, defines] = process.argv.slice(2)

try {
  if (option === '--trail') await explain(defines?.split(',') ?? [])
  else await table(option === '--all')
} catch (err) {
  console.error(`model: ${(err as Error).message}`)
  process.exitCode = 1
}

async function table(all: boolean) {
  for (const configuration of all ? [...small, ...large] : small) await row(configuration, true)
  for (const configuration of broken) await row(configuration, false)
}

async function row(configuration: (typeof small)[number], expected: boolean) {
  const { holds, states, seconds } = await verify(configuration, megabytes)
  const word = holds ? 'holds ' : 'broken'
  const count = states.toLocaleString('en-US').padStart(12)
  const mark = holds === expected ? ' ' : '!'
  console.log(
    `${mark} ${word} ${count} states ${seconds.toFixed(1).padStart(6)} s  ${configuration.name}`
  )
  if (holds !== expected) process.exitCode = 1
}

async function explain(names: string[]) {
  const { holds, states, violation, trail } = await verify({ name: '', defines: names }, megabytes)
  console.log(holds ? `holds, ${states} states` : `${trail}\n${violation}`)
}
