import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { random, seedOf } from '../seed/random.ts'
import { buyUntilStopped, isFinal, pay } from './buyer.ts'
import { client } from './client.ts'
import { gather } from './evidence.ts'
import { newHistory, type History } from './history.ts'
import { invariants } from './invariants.ts'
import { unleash, type Nemesis } from './nemesis.ts'
import type { Options } from './options.ts'
import { proofReport, violationsOf } from './proof-report.ts'
import { atRest, recovered } from './quiet.ts'
import { schedule } from './schedule.ts'
import { makeSureOfAll, stockUp, work } from './staff.ts'
import type { Target } from './target.ts'
import { judge } from './verdict.ts'

const products = 12
const staff = 2

/** Loads the target with buyers, staff and faults, and prints the proof report. @returns the exit code; 0: everything held */
export async function prove(target: Target, options: Options): Promise<number> {
  const { url, admin_key } = target.now()
  const history = newHistory(client(url))
  await stockUp(history, admin_key, products, drawsOf('products', options))
  const faults = possibleFaults(target, options)
  const nemesis = unleash(target, schedule(faults, options.seconds, options.seed))
  await load(history, admin_key, nemesis, options)

  const quiet = performance.now()
  await recovered(target)
  await askForUnknown(history, admin_key)
  const rest = await atRest(target)
  const rest_seconds = (performance.now() - quiet) / 1000
  const evidence = await gather(target.now().postgres.primary.admin_url, history)
  const proof = {
    options,
    history,
    strikes: nemesis.strikes,
    findings: [rest, ...judge(history, evidence)],
    invariants: await invariants(history, admin_key),
    rest_seconds
  }
  console.log(proofReport(proof))
  if (violationsOf(proof) === 0) return 0
  const file = path.join(target.data, 'proof.json')
  writeFileSync(file, JSON.stringify({ ...proof, evidence }, null, 1))
  console.log(`the whole history: ${file}`)
  return 1
}

const drawsOf = (role: string, { seed }: Options) => random(seedOf(`${role} ${seed}`))

/** Faults of network paths need fault proxies, which only a system of our own has. */
const possibleFaults = ({ paths }: Target, options: Options) =>
  options.faults.filter(({ needsPaths }) => !needsPaths || paths.primary.length > 0)

/** Buyers and staff at work while the nemesis strikes, for as long as the options say. */
async function load(history: History, admin_key: string, nemesis: Nemesis, options: Options) {
  let stopped = false
  const crowd = [
    ...Array.from({ length: options.buyers }, (_, n) =>
      buyUntilStopped(history, drawsOf(`buyer ${n}`, options), () => stopped)
    ),
    ...Array.from({ length: staff }, (_, n) => {
      const mine = history.products.filter((_product, index) => index % staff === n)
      return work(history, mine, admin_key, drawsOf(`staff ${n}`, options), () => stopped)
    })
  ]
  const progress = setInterval(() => console.log(progressOf(history, nemesis)), 5000)
  await sleep(options.seconds * 1000)
  stopped = true
  await Promise.all([...crowd, nemesis.done])
  clearInterval(progress)
}

/** Repeats every request whose outcome is unknown until it has one. */
async function askForUnknown(history: History, admin_key: string): Promise<void> {
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
  const active = [...now].flatMap(([kind, times]) => (times > 0 ? [kind] : []))
  const time = `${Math.round(clock() / 1000)}`.padStart(4)
  return `${time} s  ${operations.length} operations, ${unknown.length} unknown, ${strikes.length} faults${active.length > 0 ? `; now: ${active.join(', ')}` : ''}`
}
