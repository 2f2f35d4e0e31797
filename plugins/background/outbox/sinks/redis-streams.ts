import type { FastifyInstance } from 'fastify'
import { ReplyError } from 'ioredis'
import { EventRefused, type CloudEvent, type EventSink } from './sink.ts'

/** A stream keeps about this many events: a consumer that is further behind reads the tables. */
const mostEvents = 50_000
const batchMs = 1000

/**
 * A stream for each aggregate type, `events:order`, `events:inventory` and `events:product`: a consumer reads what concerns
 * it, with its own consumer group. An entry has one field, `event`, the CloudEvent as JSON.
 *
 * One command at a time: of commands sent together Redis may refuse the first and take the second (out of memory).
 */
export function redisStreams({ redis }: Pick<FastifyInstance, 'redis'>): EventSink {
  async function add(event: CloudEvent) {
    const stream = `events:${event.aggregatetype}`
    try {
      await redis.xadd(stream, 'MAXLEN', '~', mostEvents, '*', 'event', JSON.stringify(event))
    } catch (err) {
      if (err instanceof ReplyError && !unreachable.test((err as Error).message))
        throw new EventRefused('Redis refused an event', { event: event.id, cause: err })
      throw err
    }
  }

  return {
    name: 'redis_streams',
    // The connection is the node's.
    start: async () => {},
    stop: async () => {},

    async accept(events) {
      const end = performance.now() + batchMs
      let taken = 0
      for (const event of events) {
        await add(event)
        taken++
        if (performance.now() > end) break
      }
      return taken
    }
  }
}

/** Answers of a Redis that runs and can't take anything now, or does not let this node. */
const unreachable =
  /^(LOADING|READONLY|OOM|MISCONF|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|BUSY|NOAUTH|NOPERM|WRONGPASS|ERR unknown command)/
