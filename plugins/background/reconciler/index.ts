import fp from 'fastify-plugin'
import { startBackgroundTask } from '../../lib/background-task.ts'
import { withAdvisoryLock } from '../../storage/advisory-lock.ts'
import { differences, type Difference, type Watch } from './differences.ts'
import { openMetrics } from './metrics.ts'
import { reconcile, type ReconcileOptions, type Report } from './reconcile.ts'

export type { ReconcileOptions, Report } from './reconcile.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The charges since then that differ between the provider and the payments here. Changes nothing. */
    compareCharges: (since: Date, watch?: Watch) => AsyncGenerator<Difference>
    /**
     * Compares the provider's charges since then with the payments here and settles what it can: it records a charge that is
     * not recorded, and refunds charges whose orders were lost as `give_back` says. undefined: another node is reconciling.
     */
    reconcile: (since: Date, options?: ReconcileOptions) => Promise<Report | undefined>
  }
}

/**
 * Compared again by the next runs: charges whose payments the resolver was still resolving, and charges without a payment, which
 * are given back when two runs have seen them.
 */
const marginMs = 2 * 60 * 60_000

/** Compares the provider's charges with the payments here at an interval, on one node at a time. */
export default fp(
  async (fastify) => {
    const { config, db, epoch, log, payments } = fastify
    const metrics = openMetrics(fastify.metrics.registry)

    fastify.decorate('compareCharges', (since, watch) =>
      differences({ db, provider: payments }, since, watch)
    )
    const { checkout, compareCharges } = fastify
    const parts = { checkout, compareCharges, config, db, epoch, log, metrics, payments }
    fastify.decorate('reconcile', (since, options = {}) =>
      withAdvisoryLock(fastify, 'reconcile', () => reconcile(parts, since, options))
    )

    const every_ms = config.RECONCILE_INTERVAL_SECONDS * 1000
    if (every_ms === 0) return
    startBackgroundTask(fastify, every_ms, async (stop) => {
      const since = new Date(Date.now() - every_ms - marginMs)
      await fastify
        .reconcile(since, { give_back: { by: 'reconciler' }, stop })
        .catch((err: unknown) => log.warn({ err }, 'the reconciler failed'))
    })
  },
  { name: 'reconciler', dependencies: ['config', 'metrics', 'postgres', 'payments', 'checkout'] }
)
