import type { Pool } from 'pg'
import { enterCharges } from '../stack/provider-ledger.ts'
import { functionsAlone } from './limits/functions.ts'
import { pgbench } from './limits/pgbench.ts'
import { limitLoads, loads, type Asked } from './loads.ts'
import type { Options } from './options.ts'
import { fillCarts } from './prepare.ts'
import {
  busyTime,
  sampleProcessorTime,
  spentBetween,
  type ProcessorTime
} from './processor-time.ts'
import type { Subject } from './ratios.ts'
import { settle } from './settle.ts'
import type { Bench } from './system.ts'
import { send, type Measured } from './wrk.ts'

/** One subject in one round. */
export type Sample = Measured & {
  subject: Subject
  round: number
  /** Milliseconds of processor time by group of processes, until the work that was left behind was done too. */
  spent: ProcessorTime
  /** Milliseconds of processor time of everything else on the machine, the driver included. */
  elsewhere: number
}

export type Tools = { bench: Bench; db: Pool; asked: Asked; options: Options }

/** pgbench's connections: as many as its own best. */
const connections = 32

/** Measures one subject once. @throws when an answer is not the expected one */
export async function measure(tools: Tools, subject: Subject, round: number): Promise<Sample> {
  const { bench } = tools
  const run = await ready(tools, subject)
  const before = { spent: sampleProcessorTime(bench.watched), busy: busyTime() }
  const measured = await run()
  await settle(bench)
  const spent = spentBetween(before.spent, sampleProcessorTime(bench.watched))
  const own = Object.values(spent).reduce((sum, ms) => sum + ms, 0)
  return { subject, round, ...measured, spent, elsewhere: busyTime() - before.busy - own }
}

/** What a subject needs is made before its time begins. */
async function ready(tools: Tools, subject: Subject): Promise<() => Promise<Measured>> {
  const { bench, db, asked, options } = tools
  const { seconds, products } = options
  switch (subject) {
    case 'functions alone':
      return async () => {
        const { charges, ...measured } = await functionsAlone(
          db,
          asked.products,
          bench.currency,
          seconds
        )
        enterCharges(bench.data, charges)
        return measured
      }
    case 'pgbench spread':
    case 'pgbench hot': {
      const pick = subject === 'pgbench hot' ? 'hot' : 'spread'
      const primary = bench.databases.primary.admin_url
      return () => pgbench(bench.bin, primary, products, { pick, connections }, seconds)
    }
    case 'bare details':
    case 'bare listing':
    case 'redis details':
    case 'redis listing':
    case 'bare add':
    case 'bare refusal':
      return () => send(bench.folder, bench.limit_url, limitLoads[subject](asked), seconds)
    case 'checkout of a cart': {
      const carts = await fillCarts(bench.node.url, asked, seconds * 1000)
      return () => send(bench.folder, bench.node.url, loads[subject]({ ...asked, carts }), seconds)
    }
    default:
      return () => send(bench.folder, bench.node.url, loads[subject](asked), seconds)
  }
}
