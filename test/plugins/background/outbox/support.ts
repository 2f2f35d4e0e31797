import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { CloudEvent, EventSink } from '../../../../plugins/background/outbox/index.ts'
import { knownSinks } from '../../../../plugins/background/outbox/sinks/index.ts'
import { EventRefused } from '../../../../plugins/background/outbox/sinks/sink.ts'
import { until, environmentOf } from '../../../support/build.ts'

/** A relay that looks at the outbox again at once. */
export const busy = { OUTBOX_INTERVAL_MS: '10' }

/** Everything that a stream was sent, in order. */
export async function delivered(node: FastifyInstance, aggregatetype: string) {
  const entries = await node.redis.xrange(`events:${aggregatetype}`, '-', '+')
  return entries.map(([, fields]) => JSON.parse(fields[1]!) as CloudEvent)
}

/** What waits in the outbox, in the order of the changes: aggregate type, version, type, and what it says. */
export async function written(node: FastifyInstance) {
  const { rows } = await environmentOf(node).sql.query(
    'select aggregatetype, aggregateid, version, type, payload from outbox order by seq'
  )
  return rows
}

export const emptied = (node: FastifyInstance) =>
  until('the outbox to be empty', async () => (await written(node)).length === 0)

/** The versions of each aggregate, as they were delivered for the first time. */
export function firstDeliveries(events: CloudEvent[]) {
  const seen = new Set<string>()
  const versions: Record<string, number[]> = {}
  for (const { id, subject, aggregateversion } of events) {
    if (seen.has(id)) continue
    seen.add(id)
    ;(versions[subject] ??= []).push(aggregateversion)
  }
  return versions
}

/** 1, 2, 3 … */
export const upTo = (last: number) => Array.from({ length: last }, (_, n) => n + 1)

/** A sink of this node, to watch it or to put something in its way. */
export const sinkOf = (node: FastifyInstance, name = 'redis_streams'): EventSink =>
  node.eventSinks.find((sink) => sink.name === name)!

/** A sink that keeps what it gets in memory, and that EVENT_SINKS may name while the test runs. */
export function recordingSink(t: Test, name: string) {
  const events: CloudEvent[] = []
  const sink = {
    name,
    events,
    /** Batches that it was offered. */
    offers: 0,
    reachable: true,
    refuses: (_event: CloudEvent) => false,
    /** Whether a refusal says which event it is about. */
    names: true,
    started: 0,
    stopped: 0,
    start: async () => void sink.started++,
    stop: async () => void sink.stopped++,
    async accept(batch: CloudEvent[]) {
      sink.offers++
      if (!sink.reachable) throw new Error('the test has cut it off')
      if (!sink.names && batch.some(sink.refuses)) throw new EventRefused('one of them')
      for (const event of batch) {
        if (sink.refuses(event)) throw new EventRefused('this one', { event: event.id })
        events.push(event)
      }
      return batch.length
    }
  }
  knownSinks[name] = () => sink
  t.teardown(() => delete knownSinks[name])
  return sink
}
