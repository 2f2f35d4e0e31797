import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import Fastify from 'fastify'
import holdfast, { options } from '../app.ts'
import type { Report } from '../plugins/background/reconciler/index.ts'
import { dataFolder, runningStack } from './stack/running.ts'

// npm run reconcile -- [--since <time>] [--dry-run] [--cancel-returned]
// Compares what the provider has charged since then (else in the last two hours) with the payments, puts right what it can
// and says what it found. After a restore or a promotion: since the time that those say, and with --cancel-returned, which
// cancels orders whose money went back, as of buyers who had cancelled. Ends with 1 when something is left; try again.

const twoHoursMs = 2 * 60 * 60_000

/** The servers of the environment, else those of the system that runs on this machine. */
function environment(): NodeJS.ProcessEnv {
  const data = dataFolder()
  const own = {
    ...process.env,
    HOLDFAST_DATA: data,
    COOKIE_SECRET: process.env.COOKIE_SECRET || randomUUID(),
    // A node that does nothing by itself but what finishes what is found: the resolver sends its refunds.
    RECONCILE_INTERVAL_SECONDS: '0',
    INVARIANTS_INTERVAL_SECONDS: '0',
    // Events wait for the nodes: this program does not know their sinks.
    EVENT_SINKS: 'none'
  }
  if (process.env.PRIMARY_URL) return own
  const { postgres, redis } = runningStack(data)
  return { ...own, PRIMARY_URL: postgres.primary.url, REDIS_URL: redis.url }
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      since: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      'cancel-returned': { type: 'boolean', default: false }
    }
  })
  const since = new Date(values.since ?? Date.now() - twoHoursMs)
  if (Number.isNaN(since.getTime())) throw new Error('--since is a time, as 2026-01-31T12:00:00Z')
  return { since, dry_run: values['dry-run'], cancel_returned: values['cancel-returned'] }
}

function print({ since, charges, differing, left, findings }: Report) {
  for (const { finding, settlement, payment_id, order_id, amount, currency } of findings) {
    const order = order_id ? `, order ${order_id}` : ''
    console.log(
      `${finding.padEnd(10)} ${settlement.padEnd(9)} payment ${payment_id}${order}, ${amount} ${currency}`
    )
  }
  const more = differing - findings.length
  if (more > 0) console.log(`… and ${more} more`)
  console.log(
    `${charges} charges since ${since.toISOString()}: ${differing} differ, ${left} of them are left`
  )
}

async function main() {
  const { since, ...how } = readArguments()
  const app = Fastify({ ...options, logger: false })
  await app.register(holdfast, { env: environment() })
  try {
    await app.ready()
    const report = await app.reconcile(since, how)
    if (!report) throw new Error('another one is under way, on some node; try again')
    print(report)
    if (report.left > 0) process.exitCode = 1
  } finally {
    await app.close()
  }
}

await main().catch((err: Error) => {
  console.error(`reconcile: ${err.message}`)
  process.exitCode = 1
})
