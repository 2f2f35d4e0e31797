import type { FastifyInstance } from 'fastify'

/**
 * Runs `round` again and again, with a pause before each, from when the node is ready until it closes. Closing waits for
 * the round under way before any connection ends; the round may ask `closing()` and return early. A round handles its own
 * failures.
 */
export function startBackgroundTask(
  fastify: FastifyInstance,
  pause_ms: number | (() => number),
  round: (closing: () => boolean) => Promise<void>
) {
  let timer: NodeJS.Timeout | undefined
  let running = Promise.resolve()
  let closing = false

  const run = async () => {
    await round(() => closing)
    schedule()
  }
  const schedule = () => {
    const ms = typeof pause_ms === 'number' ? pause_ms : pause_ms()
    if (!closing) timer = setTimeout(() => (running = run()), ms)
  }

  fastify.addHook('onReady', async () => schedule())
  fastify.addHook('preClose', async () => {
    closing = true
    clearTimeout(timer)
    await running
  })
}
