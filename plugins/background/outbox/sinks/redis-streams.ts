import type { FastifyInstance } from 'fastify'
import { ReplyError, type Redis, type Result } from 'ioredis'
import { script } from '../../../lib/script.ts'
import { EventRefused, type CloudEvent, type EventSink } from './sink.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** append.lua */
    eventsAppend(
      keys: number,
      ...args: (string | number)[]
    ): Result<[added: number, error: string], Context>
  }
}

/** A stream keeps about this many events: a consumer that is further behind reads the tables. */
const mostEvents = 50_000
/** Events of one call have this many characters at most, but for a single event: Redis does nothing else meanwhile. */
const mostCharacters = 1_000_000

/**
 * A stream for each aggregate type, `events:order`, `events:inventory` and `events:product`: a consumer reads what concerns
 * it, with its own consumer group. An entry has one field, `event`, the CloudEvent as JSON.
 *
 * A script and not a pipeline: of commands sent together Redis may refuse the first and take the second (out of memory).
 */
export function redisStreams({ redis }: Pick<FastifyInstance, 'redis'>): EventSink {
  redis.defineCommand('eventsAppend', { lua: script(import.meta, 'append.lua') })

  return {
    name: 'redis_streams',
    // The connection is the node's.
    start: async () => {},
    stop: async () => {},

    async accept(events) {
      const texts = firstOf(events.map((event) => JSON.stringify(event)))
      const [added, error] = await append(redis, events, texts)
      if (error === '') return added
      if (unreachable.test(error)) throw new Error(error)
      throw new EventRefused('Redis refused an event', {
        event: events[added]!.id,
        cause: new ReplyError(error)
      })
    }
  }
}

async function append(redis: Redis, events: CloudEvent[], texts: string[]) {
  const streams = [...new Set(events.map(streamOf))]
  const args = texts.flatMap((text, at) => [streams.indexOf(streamOf(events[at]!)) + 1, text])
  try {
    return await redis.eventsAppend(streams.length, ...streams, mostEvents, ...args)
  } catch (err) {
    if (!(err instanceof ReplyError) || unreachable.test((err as Error).message)) throw err
    throw new EventRefused('Redis refused events', { cause: err })
  }
}

const streamOf = ({ aggregatetype }: CloudEvent) => `events:${aggregatetype}`

/** As many as one call takes. */
function firstOf(texts: string[]): string[] {
  let characters = 0
  const most = texts.findIndex((text, at) => (characters += text.length) > mostCharacters && at > 0)
  return most < 0 ? texts : texts.slice(0, most)
}

/** Answers of a Redis that runs and can't take anything now, or does not let this node; a script's own come with other words. */
const unreachable =
  /\b(LOADING|READONLY|OOM|MISCONF|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|BUSY|NOAUTH|NOPERM|WRONGPASS)\b|unknown (redis )?command|ACL failure|user executing the script/i
