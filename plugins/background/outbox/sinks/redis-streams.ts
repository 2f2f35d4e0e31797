import { ReplyError, type Redis } from 'ioredis'
import { EventRefused, type EventSink } from './sink.ts'

/** A stream keeps about this many events: a consumer that is further behind reads the tables. */
const mostEvents = 50_000

/**
 * A stream an aggregate type, `events:order`, `events:inventory` and `events:product`: consumers read what concerns them,
 * each with its own consumer group. An entry has one field, `event`, the CloudEvent as JSON.
 */
export const redisStreams = (redis: Redis): EventSink => ({
  async publish(event) {
    await redis
      .xadd(`events:${event.aggregatetype}`, 'MAXLEN', '~', mostEvents, '*', 'event', text(event))
      .catch((err: unknown) => {
        if (err instanceof ReplyError && !away.test((err as Error).message))
          throw new EventRefused('Redis refused an event', { cause: err })
        throw err
      })
  }
})

const text = (event: object) => JSON.stringify(event)

/** Answers of a Redis that is there and can't take anything now. */
const away =
  /^(LOADING|READONLY|OOM|MISCONF|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|BUSY|NOAUTH)/
