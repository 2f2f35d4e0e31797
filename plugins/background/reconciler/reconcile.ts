import type { FastifyInstance } from 'fastify'
import type { Difference, Finding, Watch } from './differences.ts'
import type { openMetrics } from './metrics.ts'
import { settleDifference, type Settlement } from './settle.ts'

export type Report = {
  since: Date
  /** How many charges were compared. */
  charges: number
  /** How many of them differ. */
  differing: number
  /** How many of these are left to people. */
  left: number
  /** The first thousand that differ. */
  findings: Reported[]
}

export type Reported = {
  finding: Finding
  settlement: Settlement
  payment_id: string
  order_id: string | undefined
  amount: number
  currency: string
}

export type ReconcileOptions = {
  /** After this many refunds of unknown charges, only report the others. */
  most_refunds?: number
  /** Report only. */
  dry_run?: boolean
  /** Cancel confirmed orders whose whole charge was refunded: a restored database has lost their cancellation. */
  cancel_returned?: boolean
  /** Asked before each batch of charges: whether to end early. */
  stop?: () => boolean
}

type Parts = Pick<
  FastifyInstance,
  'checkout' | 'compareCharges' | 'config' | 'db' | 'log' | 'payments'
> & { metrics: ReturnType<typeof openMetrics> }

const mostReported = 1000

/** Compares the provider's charges with the payments, and settles what can be settled without a person. */
export async function reconcile(
  parts: Parts,
  since: Date,
  { most_refunds = Infinity, dry_run = false, cancel_returned = false, stop }: ReconcileOptions
): Promise<Report> {
  const report: Report = { since, charges: 0, differing: 0, left: 0, findings: [] }
  const watch: Watch = { seen: () => report.charges++, ...(stop && { stop }) }
  let unknown = 0
  for await (const difference of parts.compareCharges(since, watch)) {
    if (difference.finding === 'unknown') unknown++
    const reportOnly = dry_run || (difference.finding === 'unknown' && unknown > most_refunds)
    const settlement = reportOnly ? 'left' : await trySettling(parts, difference, cancel_returned)
    const reported = describe(difference, settlement)
    parts.metrics.found.inc({ finding: reported.finding })
    parts.log.error(reported, 'a charge differs between the payment provider and the payments here')
    report.differing++
    if (settlement === 'left') report.left++
    if (report.findings.length < mostReported) report.findings.push(reported)
  }
  parts.log.info({ ...report, findings: undefined }, 'reconciled with the payment provider')
  return report
}

async function trySettling(
  parts: Parts,
  difference: Difference,
  cancel_returned: boolean
): Promise<Settlement> {
  try {
    return await settleDifference(parts, difference, cancel_returned)
  } catch (err) {
    const { payment_id } = difference.charge
    parts.log.warn({ err, payment_id }, 'a difference could not be settled')
    return 'left'
  }
}

function describe({ finding, charge, payment }: Difference, settlement: Settlement): Reported {
  const { payment_id, amount, currency } = charge
  return { finding, settlement, payment_id, order_id: payment?.order_id, amount, currency }
}
