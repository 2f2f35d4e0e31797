import fp from 'fastify-plugin'
import { startBackgroundTask } from '../lib/background-task.ts'

/** How many payments a node resolves at a time. */
const most = 32

/**
 * Resolves payments that no live request owns, on every node, without a leader: requests that died, lost answers,
 * reservations that expired, refunds that are due. While one node has claimed a payment, the others leave it alone. As soon as
 * one payment is resolved, the next is claimed: a payment for which the provider takes its whole time delays no other.
 */
export default fp(
  async (fastify) => {
    const { checkout, config, log } = fastify
    const active = new Set<Promise<void>>()
    // An outage is logged once, not in every round.
    let failing = false

    /** Claims what is due, up to what is free. @returns whether more may be due */
    async function refill(): Promise<boolean> {
      const free = most - active.size
      const begun = await checkout.beginDue(free)
      for (const work of begun) {
        const one = work.finally(() => active.delete(one))
        active.add(one)
      }
      return begun.length === free
    }

    startBackgroundTask(fastify, config.RESOLVER_INTERVAL_MS, async (closing) => {
      try {
        while (!closing() && (active.size === most || (await refill())) && !closing())
          await Promise.race(active)
        failing = false
      } catch (err) {
        if (!failing) log.warn({ err }, 'the payment resolver failed')
        failing = true
      }
    })
    // The task's own hook runs before: it claims nothing any more.
    fastify.addHook('preClose', async () => {
      await Promise.all(active)
    })
  },
  { name: 'payment-resolver', dependencies: ['checkout'] }
)
