import fp from 'fastify-plugin'
import { startBackgroundTask } from '../lib/background-task.ts'

const batch = 32

/**
 * Resolves payments that no live request owns, on every node, without a leader: requests that died, lost answers,
 * reservations that expired, refunds that are due. While one node has claimed a payment, the
 * others leave it alone.
 */
export default fp(
  async (fastify) => {
    const { checkout, config, log } = fastify
    // An outage is logged once, not in every round.
    let failing = false
    startBackgroundTask(fastify, config.RESOLVER_INTERVAL_MS, async (closing) => {
      try {
        let found = batch
        while (found === batch) found = closing() ? 0 : await checkout.resolveDue(batch)
        failing = false
      } catch (err) {
        if (!failing) log.warn({ err }, 'the payment resolver failed')
        failing = true
      }
    })
  },
  { name: 'payment-resolver', dependencies: ['checkout'] }
)
