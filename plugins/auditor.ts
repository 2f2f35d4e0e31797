import fp from 'fastify-plugin'

/** Checks the invariants now and then, so that the gauge knows before anybody asks. */
export default fp(
  async (fastify) => {
    const { checkInvariants, config, log } = fastify
    const everyMs = config.INVARIANTS_INTERVAL_SECONDS * 1000
    if (everyMs === 0) return

    let running: Promise<unknown> = Promise.resolve()
    const timer = setInterval(() => {
      running = checkInvariants().catch((err: unknown) =>
        log.warn({ err }, 'the invariants could not be checked')
      )
    }, everyMs)
    fastify.addHook('preClose', async () => {
      clearInterval(timer)
      await running
    })
  },
  { name: 'auditor', dependencies: ['config', 'invariants'] }
)
