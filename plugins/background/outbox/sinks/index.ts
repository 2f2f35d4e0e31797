import type { FastifyInstance } from 'fastify'
import { redisStreams } from './redis-streams.ts'
import type { EventSink } from './sink.ts'
import { operatorError } from '../../../lib/operator-error.ts'

/** Every sink that EVENT_SINKS may name. A new one is a file beside this one and a line here. */
export const knownSinks: Record<string, (fastify: FastifyInstance) => EventSink> = {
  redis_streams: redisStreams
}

/** In EVENT_SINKS: this node relays nothing. */
const none = 'none'

/**
 * The sinks of EVENT_SINKS.
 * @throws an Error that names the variable when there is no sink of one of the names
 */
export function chooseSinks(fastify: FastifyInstance, list: string[]): EventSink[] {
  const names = new Set(list.map((name) => name.trim()))
  names.delete('')
  names.delete(none)
  return [...names].map((name) => {
    const open = Object.hasOwn(knownSinks, name) ? knownSinks[name] : undefined
    if (open) return open(fastify)
    const known = [...Object.keys(knownSinks), none].join(', ')
    throw operatorError(
      `environment variable EVENT_SINKS names the sink ${name}, which does not exist: there are ${known}`
    )
  })
}
