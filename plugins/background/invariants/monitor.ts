import fp from 'fastify-plugin'
import { withAdvisoryLock } from '../../storage/advisory-lock.ts'
import { startBackgroundTask } from '../../lib/background-task.ts'

/** How often a check that fails soon after the start is tried again as soon. */
const most_failures = 5

/**
 * Checks the invariants soon after the start and then now and then, so that the gauge knows before anybody asks. One node
 * at a time, as they read whole tables: who finds another at it comes again a little later.
 */
export default fp(
  async (fastify) => {
    const { checkInvariants, config, log } = fastify
    const everyMs = config.INVARIANTS_INTERVAL_SECONDS * 1000
    if (everyMs === 0) return

    // Nodes that were started together need not all come at once.
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
          // A primary that is being restarted is soon there; one that cannot do it in time is not asked every minute.
          waiting = waiting && ++failures < most_failures
          log.warn({ err }, 'the invariants could not be checked')
        }
      }
    )
  },
  { name: 'invariants-monitor', dependencies: ['config', 'invariants'] }
)
