import fp from 'fastify-plugin'
import { startBackgroundTask } from '../../lib/background-task.ts'
import { effects, effectsName } from './effects.ts'
import { openMetrics } from './metrics.ts'
import { addSink } from './queries.ts'
import { openRelay } from './relay.ts'
import { chooseSinks } from './sinks/index.ts'
import type { EventSink } from './sinks/sink.ts'

export type { CloudEvent, EventSink } from './sinks/sink.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Where this node sends the outbox's events: effects, then the sinks of EVENT_SINKS. None: it relays nothing. */
    eventSinks: EventSink[]
  }
}

/**
 * Relays the events that were written with every change, on every node, without a leader. It polls the outbox: a NOTIFY in
 * the transactions would make all commits wait for each other.
 */
export default fp(
  async (fastify) => {
    const { config, db, log, metrics } = fastify
    const chosen = chooseSinks(fastify, config.EVENT_SINKS)
    const sinks = chosen.length > 0 ? [effects(fastify), ...chosen] : []
    fastify.decorate('eventSinks', sinks)
    const { published } = openMetrics(metrics.registry, db)
    if (sinks.length === 0) return

    // Before this node relays anything: from here on no event leaves that one of them lacks.
    for (const { name } of sinks) await addSink(db, name)
    for (const sink of sinks) await sink.start()
    fastify.addHook(
      'onClose',
      async () => void (await Promise.all(sinks.map((sink) => sink.stop())))
    )

    const relay = openRelay(db, sinks, {
      delivered: (sink, type) => {
        if (sink !== effectsName) published.inc({ type, sink })
      },
      unreachable: (sink, err) =>
        log.warn({ err, sink }, 'an event sink is unreachable, its events wait'),
      reachable: (sink) => log.info({ sink }, 'an event sink is reachable again'),
      failed: (sink, err) => log.warn({ err, sink }, 'the backlog of an event sink cannot be sent'),
      parked: (sink, { seq, type, aggregateid }, err) =>
        log.error({ err, sink, seq, type, aggregateid }, 'the outbox has parked an event'),
      failing: (sink, { seq, type, aggregateid }, err) =>
        log.error({ err, sink, seq, type, aggregateid }, 'an event cannot be delivered yet')
    })

    let failing = false
    // Closing waits for it: what was published is deleted, and the lease is given back.
    startBackgroundTask(fastify, config.OUTBOX_INTERVAL_MS, async (closing) => {
      try {
        await relay.round(closing)
        failing = false
      } catch (err) {
        if (!failing) log.warn({ err }, 'the outbox cannot be published, its events wait')
        failing = true
      }
    })
    fastify.addHook('preClose', relay.idle)
  },
  {
    name: 'outbox',
    dependencies: ['postgres', 'redis', 'metrics', 'cache', 'reservation', 'checkout']
  }
)
