import { parseArgs } from 'node:util'
import Fastify from 'fastify'
import holdfast, { options } from '../app.ts'
import type { Report } from '../plugins/background/reconciler/index.ts'
import { commandEnvironment } from './stack/command-environment.ts'

// npm run reconcile -- [--since <time>] [--give-back <count>] [--cancel-returned] [--dry-run]
// Compares what the provider has charged since then (else in the last two hours) with the payments, records what is not
// recorded, and says what it found. Charges of lost orders are shown; with --give-back and their number they are refunded, if
// there still are so many. After a restore or a promotion: since the time that those say, with --cancel-returned, which cancels
// orders whose money went back, and then with --give-back too (0 if there are none), because until then the reconciler gives
// nothing back by itself. Ends with 1 when something is left; try again.

const twoHoursMs = 2 * 60 * 60_000

function readArguments() {
  const { values } = parseArgs({
    options: {
      since: { type: 'string' },
      'give-back': { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      'cancel-returned': { type: 'boolean', default: false }
    }
  })
  const since = new Date(values.since ?? Date.now() - twoHoursMs)
  if (Number.isNaN(since.getTime())) throw new Error('--since is a time, as 2026-01-31T12:00:00Z')
  const count = values['give-back']
  if (count !== undefined && !/^\d{1,9}$/.test(count))
    throw new Error('--give-back is how many charges of lost orders were shown, as 3')
  return {
    since,
    count: count === undefined ? undefined : Number(count),
    dry_run: values['dry-run'],
    cancel_returned: values['cancel-returned']
  }
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

/** What to do about the charges of lost orders. */
function advise({ since, lost }: Report, count: number | undefined) {
  if (count === lost.charges || (count === undefined && lost.charges === 0)) return
  const found = `${lost.charges} of a lost order, ${lost.amount} in minor units`
  const command = `npm run reconcile -- --since ${since.toISOString()} --give-back ${lost.charges}`
  console.log(
    count === undefined
      ? `${found}; to give them back: ${command}`
      : `${found}, not ${count}: nothing was given back; ${command}`
  )
}

async function main() {
  const { since, count, ...how } = readArguments()
  const app = Fastify({ ...options, logger: false })
  await app.register(holdfast, { env: commandEnvironment() })
  try {
    await app.ready()
    const report = await app.reconcile(since, {
      ...how,
      ...(count !== undefined && { give_back: { by: 'operator', count } })
    })
    if (!report) throw new Error('another one is under way, on some node; try again')
    print(report)
    advise(report, count)
    if (report.left > 0 || (count !== undefined && count !== report.lost.charges))
      process.exitCode = 1
  } finally {
    await app.close()
  }
}

await main().catch((err: Error) => {
  console.error(`reconcile: ${err.message}`)
  process.exitCode = 1
})
