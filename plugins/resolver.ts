import fp from 'fastify-plugin'

const batch = 32

/**
 * Ends what nobody is at any more, on every node, without a leader: requests that died, answers that were lost, holds
 * that are over, refunds that are due. What one node has claimed, the others leave alone for a while.
 */
export default fp(
  async (fastify) => {
    const { checkout, config, log } = fastify
    let timer: NodeJS.Timeout | undefined
    let running = Promise.resolve()
    let closing = false

    const round = async () => {
      try {
        let found = batch
        while (found === batch) found = closing ? 0 : await checkout.resolveDue(batch)
      } catch (err) {
        log.warn({ err }, 'the resolver could not look at payments')
      }
      schedule()
    }
    const schedule = () => {
      if (!closing) timer = setTimeout(() => (running = round()), config.RESOLVER_INTERVAL_MS)
    }

    fastify.addHook('onReady', async () => schedule())
    // Before the connections close.
    fastify.addHook('preClose', async () => {
      closing = true
      clearTimeout(timer)
      await running
    })
  },
  { name: 'resolver', dependencies: ['checkout'] }
)
