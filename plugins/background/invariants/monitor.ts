import fp from 'fastify-plugin'
import { withAdvisoryLock } from '../../storage/advisory-lock.ts'
import { startBackgroundTask } from '../../lib/background-task.ts'

/** How often a first check that fails is repeated after the short delay. */
const most_failures = 5

/**
 * Checks the invariants soon after the start and then at intervals, so that the gauge has values before the first request
 * for them. One node at a time, since the checks read whole tables: a node that finds the advisory lock taken tries again
 * a little later.
 */
export default fp(
  async (fastify) => {
    const { checkInvariants, config, log } = fastify
    const everyMs = config.INVARIANTS_INTERVAL_SECONDS * 1000
    if (everyMs === 0) return

    // Nodes that were started together should not all check at once.
    const soon = () => config.INVARIANTS_DELAY_SECONDS * 1000 * (1 + Math.random() / 2)
    let waiting = true
    let failures = 0
    startBackgroundTask(
      fastify,
      () => (waiting ? Math.min(soon(), everyMs) : everyMs),
      async () => {
        try {
          waiting =
            (await withAdvisoryLock(fastify, 'invariants', () => checkInvariants())) === undefined
        } catch (err) {
          // A primary that restarts is soon back. One that is too slow for the checks is not asked every minute.
          waiting = waiting && ++failures < most_failures
          log.warn({ err }, 'invariants not checked')
        }
      }
    )
  },
  { name: 'invariants-monitor', dependencies: ['config', 'invariants'] }
)
