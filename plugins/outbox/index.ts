import fp from 'fastify-plugin'
import { openGauges } from './gauges.ts'
import { redisStreams } from './redis-streams.ts'
import { openRelay } from './relay.ts'
import type { EventSink } from './sink.ts'

export type { CloudEvent, EventSink } from './sink.ts'

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
    let timer: NodeJS.Timeout | undefined
    let running = Promise.resolve()
    let closing = false
    let away = false

    const relay = openRelay(
      fastify,
      {
        published: (type) => published.inc({ type }),
        parked: ({ seq, type, aggregateid }, err) =>
          log.error({ err, seq, type, aggregateid }, 'the outbox has parked an event')
      },
      () => closing
    )

    const round = async () => {
      try {
        await relay.round()
        away = false
      } catch (err) {
        if (!away) log.warn({ err }, 'the outbox cannot be published, its events wait')
        away = true
      }
      schedule()
    }
    const schedule = () => {
      if (!closing) timer = setTimeout(() => (running = round()), config.OUTBOX_INTERVAL_MS)
    }

    fastify.addHook('onReady', async () => schedule())
    // Before the connections close: what was published is deleted, and the lease is given back.
    fastify.addHook('preClose', async () => {
      closing = true
      clearTimeout(timer)
      await running
    })
  },
  {
    name: 'outbox',
    dependencies: ['postgres', 'redis', 'metrics', 'cache', 'reservation', 'checkout']
  }
)
