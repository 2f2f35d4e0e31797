import { aggregateOf, type Row } from './queries.ts'
import { EventRefused, type CloudEvent, type EventSink } from './sinks/sink.ts'

/** What became of events that a sink was offered. */
export type Offer = {
  sink: string
  /** The sink has them for good. */
  taken: Row[]
  /** At most one event of an aggregate: the events after it were not offered. More when the fault is ours. */
  refused: { row: Row; err: EventRefused }[]
  /** Why the sink took no more; undefined: it answers. */
  unreachable: Error | undefined
}

/** A sink that does not answer within this time counts as unreachable. */
const patienceMs = 4000

/** Offers a sink these events, in order, until it has them, refuses them or is unreachable, or the time is over. */
export async function offer(sink: EventSink, rows: Row[], over: () => boolean): Promise<Offer> {
  const answer: Offer = { sink: sink.name, taken: [], refused: [], unreachable: undefined }
  const { taken, refused } = answer
  let size = rows.length
  for (let rest = rows; rest.length > 0 && !over();) {
    const batch = rest.slice(0, size)
    try {
      const count = await accept(sink, batch)
      taken.push(...batch.slice(0, count))
      rest = rest.slice(count)
    } catch (err) {
      if (!(err instanceof EventRefused)) {
        answer.unreachable = err instanceof Error ? err : new Error(String(err))
        return answer
      }
      const at = batch.length === 1 ? 0 : batch.findIndex(({ id }) => id === err.event)
      if (at < 0) {
        // The sink does not say which one it is: it is asked again, for one event at a time.
        size = 1
        continue
      }
      const row = batch[at]!
      taken.push(...batch.slice(0, at))
      refused.push({ row, err })
      rest = rest.slice(at + 1)
      // Later events of the aggregate must not overtake it.
      if (!err.is_ours) rest = rest.filter((later) => aggregateOf(later) !== aggregateOf(row))
      // More of them may be refused: smaller batches repeat less.
      size = Math.ceil(size / 2)
    }
  }
  return answer
}

async function accept(sink: EventSink, batch: Row[]): Promise<number> {
  const { promise, reject } = Promise.withResolvers<never>()
  const late = () => reject(new Error(`no answer within ${patienceMs / 1000} s`))
  const timer = setTimeout(late, patienceMs)
  try {
    const count = await Promise.race([sink.accept(batch.map(cloudEvent)), promise])
    if (!(count >= 1)) throw new Error(`the sink took ${count} of ${batch.length} events`)
    return count
  } finally {
    clearTimeout(timer)
  }
}

const cloudEvent = (row: Row): CloudEvent => ({
  specversion: '1.0',
  id: row.id,
  source: '/holdfast',
  type: row.type,
  subject: row.aggregateid,
  time: row.created_at.toISOString(),
  datacontenttype: 'application/json',
  data: row.payload as CloudEvent['data'],
  partitionkey: row.aggregateid,
  aggregatetype: row.aggregatetype,
  aggregateversion: row.version
})
