import fp from 'fastify-plugin'
import { startBackgroundTask } from '../../lib/background-task.ts'
import { openGauges } from './metrics.ts'
import { redisStreams } from './sinks/redis-streams.ts'
import { openRelay } from './relay.ts'
import type { EventSink } from './sinks/sink.ts'

export type { CloudEvent, EventSink } from './sinks/sink.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Where the outbox's events go: Redis Streams. */
    events: EventSink
  }
}

/**
 * Publishes what was written with every change, on every node, without a leader. It looks at the outbox again and again:
 * a NOTIFY in the transactions would make all commits wait for each other.
 */
export default fp(
  async (fastify) => {
    const { config, db, log, metrics, redis } = fastify
    fastify.decorate('events', redisStreams(redis))
    const { published } = openGauges(metrics.registry, db)
    const relay = openRelay(fastify, {
      published: (type) => published.inc({ type }),
      parked: ({ seq, type, aggregateid }, err) =>
        log.error({ err, seq, type, aggregateid }, 'the outbox has parked an event')
    })

    let away = false
    // Closing waits for it: what was published is deleted, and the lease is given back.
    startBackgroundTask(fastify, config.OUTBOX_INTERVAL_MS, async (closing) => {
      try {
        await relay.round(closing)
        away = false
      } catch (err) {
        if (!away) log.warn({ err }, 'the outbox cannot be published, its events wait')
        away = true
      }
    })
  },
  {
    name: 'outbox',
    dependencies: ['postgres', 'redis', 'metrics', 'cache', 'reservation', 'checkout']
  }
)
