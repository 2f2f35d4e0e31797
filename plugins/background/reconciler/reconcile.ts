import type { FastifyInstance } from 'fastify'
import type { Difference, Finding, Watch } from './differences.ts'
import type { openMetrics } from './metrics.ts'
import { giveBack, type Decision } from './give-back.ts'
import { settleDifference, type Settlement } from './settle.ts'

export type Report = {
  since: Date
  /** How many charges were compared. */
  charges: number
  /** How many of them differ. */
  differing: number
  /** How many of these are left to an operator. */
  left: number
  /** Charges of ours without a payment that were found, and their money that has not gone back before. */
  lost: { charges: number; amount: number }
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
  /** Who decides whether charges of ours without a payment are given back; without it they are only reported. */
  give_back?: Decision
  /** Report only. */
  dry_run?: boolean
  /** Cancel confirmed orders whose whole charge was refunded: a restored database has lost their cancellation. */
  cancel_returned?: boolean
  /** Asked before each batch of charges: whether to end early. */
  stop?: () => boolean
}

type Parts = Pick<
  FastifyInstance,
  'checkout' | 'compareCharges' | 'config' | 'db' | 'epoch' | 'log' | 'payments'
> & { metrics: ReturnType<typeof openMetrics> }

const mostReported = 1000

/**
 * Compares the provider's charges with the payments, and settles what can be settled. Charges without a payment are collected
 * first: whether they are given back depends on how many there are.
 */
export async function reconcile(
  parts: Parts,
  since: Date,
  { give_back, dry_run = false, cancel_returned = false, stop }: ReconcileOptions
): Promise<Report> {
  const lost = { charges: 0, amount: 0 }
  const report: Report = { since, charges: 0, differing: 0, left: 0, lost, findings: [] }
  const add = (difference: Difference, settlement: Settlement) => {
    const reported = describe(difference, settlement)
    parts.metrics.found.inc({ finding: reported.finding })
    parts.log.error(reported, 'a charge differs between the payment provider and the payments here')
    report.differing++
    if (settlement === 'left') report.left++
    if (report.findings.length < mostReported) report.findings.push(reported)
  }

  const unknown: Difference[] = []
  const watch: Watch = { seen: () => report.charges++, ...(stop && { stop }) }
  for await (const difference of parts.compareCharges(since, watch)) {
    if (difference.finding === 'unknown') unknown.push(difference)
    else add(difference, dry_run ? 'left' : await trySettling(parts, difference, cancel_returned))
  }
  lost.charges = unknown.length
  lost.amount = unknown.reduce((sum, { charge }) => sum + charge.amount - charge.refunded, 0)
  // A run that was stopped has not seen all of them.
  const decision = dry_run || stop?.() ? undefined : give_back
  const charges = unknown.map(({ charge }) => charge)
  const settled = decision && (await giveBack(parts, charges, decision))
  for (const difference of unknown)
    add(difference, settled?.get(difference.charge.payment_id) ?? 'left')
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
