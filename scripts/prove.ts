import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { buyForEver, isFinal, pay } from './prove/buyer.ts'
import { proofReport, violationsOf } from './prove/proof-report.ts'
import { client } from './prove/client.ts'
import { gather } from './prove/evidence.ts'
import { takeStack, type Target } from './prove/target.ts'
import { newHistory, type History } from './prove/history.ts'
import { invariants } from './prove/invariants.ts'
import { unleash, type Nemesis } from './prove/nemesis.ts'
import { readOptions, usage, type Options } from './prove/options.ts'
import { onManagedStack } from './prove/managed-stack.ts'
import { atRest, recovered } from './prove/quiet.ts'
import { schedule } from './prove/schedule.ts'
import { makeSureOfAll, stockUp, work } from './prove/staff.ts'
import { judge } from './prove/verdict.ts'
import { random, seedOf } from './seed/random.ts'

const products = 12
const staff = 2

// Buyers, staff and a nemesis on a real system, and a certificate of what held.
await main().catch((err: Error) => {
  console.error(`holdfast: ${err.message}`)
  process.exit(2)
})

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === 'help') return console.log(usage)
  if (options.stack) process.exit(await prove(takeStack(options.stack), options))
  await onManagedStack((ground) => prove(ground, options))
}

/** The exit code: 0 when everything held. */
async function prove(ground: Target, options: Options): Promise<number> {
  const { seed, buyers, seconds } = options
  const { url, admin_key } = ground.now()
  const draws = (who: string) => random(seedOf(`${who} ${seed}`))
  const history = newHistory(client(url))
  await stockUp(history, admin_key, products, draws('products'))

  const kinds = options.faults.filter(
    ({ needsPaths }) => !needsPaths || ground.paths.primary.length > 0
  )
  const nemesis = unleash(ground, schedule(kinds, seconds, seed))
  let stopped = false
  const crowd = [
    ...Array.from({ length: buyers }, (_, n) =>
      buyForEver(history, draws(`buyer ${n}`), () => stopped)
    ),
    ...Array.from({ length: staff }, (_, n) => {
      const mine = history.products.filter((_product, index) => index % staff === n)
      return work(history, mine, admin_key, draws(`staff ${n}`), () => stopped)
    })
  ]
  const progress = setInterval(() => console.log(progressOf(history, nemesis)), 5000)
  await sleep(seconds * 1000)
  stopped = true
  await Promise.all([...crowd, nemesis.done])
  clearInterval(progress)

  const quiet = performance.now()
  await recovered(ground)
  await settle(history, admin_key)
  const ended = await atRest(ground)
  const rest_seconds = (performance.now() - quiet) / 1000
  const evidence = await gather(ground.now().postgres.primary.admin_url, history)
  const proof = {
    options,
    history,
    strikes: nemesis.strikes,
    findings: [ended, ...judge(history, evidence)],
    invariants: await invariants(history, admin_key),
    rest_seconds
  }
  console.log(proofReport(proof))
  if (violationsOf(proof) === 0) return 0
  const file = path.join(ground.data, 'proof.json')
  writeFileSync(file, JSON.stringify({ ...proof, evidence }, null, 1))
  console.log(`the whole history: ${file}`)
  return 1
}

/** Asks again for everything whose outcome nobody knows, until somebody does. */
async function settle(history: History, admin_key: string): Promise<void> {
  const open = history.purchases.filter(({ key, attempts }) => {
    const last = attempts.at(-1)
    return key && (!isFinal(last) || last?.status === 202)
  })
  for (const purchase of open)
    for (let tries = 30; tries > 0; tries--) {
      await pay(history, purchase, 30)
      if (purchase.attempts.at(-1)!.status !== 202) break
      await sleep(500)
    }
  await makeSureOfAll(history, admin_key)
}

function progressOf({ operations, clock }: History, { now, strikes }: Nemesis): string {
  const unknown = operations.filter(
    ({ result, completed }) => result === 'unknown' && completed < Infinity
  )
  const wrong = [...now].flatMap(([kind, times]) => (times > 0 ? [kind] : []))
  const time = `${Math.round(clock() / 1000)}`.padStart(4)
  return `${time} s  ${operations.length} operations, ${unknown.length} unknown, ${strikes.length} faults${wrong.length > 0 ? `; now: ${wrong.join(', ')}` : ''}`
}
