import fp from 'fastify-plugin'
import { startBackgroundTask } from '../../lib/background-task.ts'
import { openMetrics } from './metrics.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The products of the shop when they were last counted; undefined before the first count. */
    templateCount: () => number | undefined
  }
}

const intervalMs = 1000

/* The template of a plugin: `npm run new -- plugin NAME --group GROUP` copies this folder (CONTRIBUTING.md). */

/** Counts the products of the shop every second. */
export default fp(
  async (fastify) => {
    const { db, log, metrics } = fastify
    const { counted } = openMetrics(metrics.registry)
    let last: number | undefined

    // It starts when the node is ready. Closing waits for the round under way.
    startBackgroundTask(fastify, intervalMs, async () => {
      try {
        const { count } = await db
          .selectFrom('products')
          .select((eb) => eb.fn.countAll<number>().as('count'))
          .executeTakeFirstOrThrow()
        last = count
        counted(count)
      } catch (err) {
        log.warn({ err }, 'the products were not counted')
      }
    })

    fastify.decorate('templateCount', () => last)
  },
  // The plugins whose decorators it uses: the start fails when one is missing.
  { name: 'template', dependencies: ['metrics', 'postgres'] }
)
