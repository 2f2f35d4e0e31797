import type { FastifyInstance } from 'fastify'
import type { CloudEvent } from '../../../../plugins/background/outbox/index.ts'
import { until, environmentOf } from '../../../support/build.ts'

/** A relay that does not let anybody wait. */
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
