import fp from 'fastify-plugin'
import { Counter } from 'prom-client'
import { withAdvisoryLock } from '../../storage/advisory-lock.ts'
import { startBackgroundTask } from '../../lib/background-task.ts'
import { differences, findings, type Difference, type Finding, type Watch } from './differences.ts'
import { settle, type Settlement } from './settle.ts'

export type Report = {
  since: Date
  /** How many charges were looked at. */
  charges: number
  /** How many of them differ, and how many of these nobody could put right. */
  differing: number
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
  /** When it has given back this many charges that nobody knows, it only reports the others. */
  most_refunds?: number
  /** Report only. */
  dry_run?: boolean
  /** Cancel confirmed orders whose whole charge was given back: after a restore, which has forgotten why. */
  cancel_returned?: boolean
  /** Asked now and then. */
  stop?: () => boolean
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Where the provider's charges since then and the payments here differ. Nothing is done about it. */
    compareBooks: (since: Date, watch?: Watch) => AsyncGenerator<Difference>
    /**
     * Compares what the provider has charged since then with the payments here, and puts right what it can: a charge
     * whose order was lost is given back, one that was never written down is. undefined: it is under way elsewhere.
     */
    reconcile: (since: Date, options?: ReconcileOptions) => Promise<Report | undefined>
  }
}

const mostReported = 1000
/** How many refunds of unknown charges are a mishap. More are a restore, or somebody else's database. */
const mostUnattended = 100
/** Before the last run: charges that the resolver was still at. */
const marginMs = 60 * 60_000

/** Compares the provider's books with ours, now and then, on one node at a time. */
export default fp(
  async (fastify) => {
    const { config, db, log, metrics, payments } = fastify
    const found = new Counter({
      name: 'holdfast_reconciled_charges_total',
      help: "Charges on which the provider's books and ours differed, by this node, by what was found",
      labelNames: ['finding'],
      registers: [metrics.registry]
    })
    // From the beginning, or Prometheus would take the first one for where it begins.
    for (const finding of findings) found.inc({ finding }, 0)

    async function treat(
      difference: Difference,
      dry_run: boolean,
      cancel_returned = false
    ): Promise<Reported> {
      const { finding, charge, books } = difference
      const { payment_id, amount, currency } = charge
      const settlement = dry_run
        ? 'left'
        : await settle(fastify, difference, cancel_returned).catch((err: unknown): Settlement => {
            log.warn({ err, payment_id }, 'a difference could not be settled')
            return 'left'
          })
      const order_id = books?.order_id
      const reported = { finding, settlement, payment_id, order_id, amount, currency }
      found.inc({ finding })
      log.error(reported, "the provider's books and ours differ")
      return reported
    }

    async function run(since: Date, options: ReconcileOptions): Promise<Report> {
      const { most_refunds = Infinity, stop } = options
      const report: Report = { since, charges: 0, differing: 0, left: 0, findings: [] }
      const watch = { seen: () => report.charges++, ...(stop && { stop }) }
      let unknown = 0
      for await (const difference of fastify.compareBooks(since, watch)) {
        if (difference.finding === 'unknown') unknown++
        const dry_run =
          options.dry_run || (difference.finding === 'unknown' && unknown > most_refunds)
        const reported = await treat(difference, dry_run, options.cancel_returned)
        report.differing++
        if (reported.settlement === 'left') report.left++
        if (report.findings.length < mostReported) report.findings.push(reported)
      }
      log.info({ ...report, findings: undefined }, 'reconciled with the provider')
      return report
    }

    fastify.decorate('compareBooks', (since, watch) =>
      differences({ db, provider: payments }, since, watch)
    )
    fastify.decorate('reconcile', (since, options = {}) =>
      withAdvisoryLock(fastify, 'reconcile', () => run(since, options))
    )

    const every_ms = config.RECONCILE_INTERVAL_SECONDS * 1000
    if (every_ms === 0) return
    startBackgroundTask(fastify, every_ms, async (stop) => {
      const since = new Date(Date.now() - every_ms - marginMs)
      await fastify
        .reconcile(since, { most_refunds: mostUnattended, stop })
        .catch((err: unknown) => log.warn({ err }, 'the books could not be reconciled'))
    })
  },
  { name: 'reconciler', dependencies: ['config', 'metrics', 'postgres', 'payments', 'checkout'] }
)
