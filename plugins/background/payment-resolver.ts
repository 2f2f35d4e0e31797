import fp from 'fastify-plugin'
import { startBackgroundTask } from '../lib/background-task.ts'

const batch = 32

/**
 * Ends what nobody is at any more, on every node, without a leader: requests that died, answers that were lost, holds
 * that are over, refunds that are due. What one node has claimed, the others leave alone for a while.
 */
export default fp(
  async (fastify) => {
    const { checkout, config, log } = fastify
    startBackgroundTask(fastify, config.RESOLVER_INTERVAL_MS, async (closing) => {
      try {
        let found = batch
        while (found === batch) found = closing() ? 0 : await checkout.resolveDue(batch)
      } catch (err) {
        log.warn({ err }, 'the resolver could not look at payments')
      }
    })
  },
  { name: 'payment-resolver', dependencies: ['checkout'] }
)
