import type { Kysely } from 'kysely'
import { Counter, type Registry } from 'prom-client'
import type { Database } from '../../../sql/types.ts'
import { onScrape } from '../../kernel/scraped-metrics.ts'
import { measureOutbox, type Measure } from './queries.ts'

type Field = Exclude<keyof Measure, 'sink'>

/** What is in the outbox, read when Prometheus asks; and what this node has delivered. */
export function openMetrics(registry: Registry, db: Kysely<Database>) {
  const outbox = onScrape(registry, () => measureOutbox(db))
  const gauge = (field: Field, help: string) =>
    outbox.gauge(`holdfast_outbox_${field}`, help, (rows) =>
      rows.filter(({ sink }) => sink === null).map((row) => [row[field]])
    )
  gauge('waiting', 'Events that are not published yet')
  gauge('oldest_seconds', 'Age of the oldest event that waits')
  gauge('parked', 'Events that the sink refused ten times; 0 is the only good number')

  const ofSink = (field: Field, help: string) =>
    outbox.gauge(
      `holdfast_outbox_sink_${field}`,
      help,
      (rows) =>
        rows.flatMap((row) => (row.sink === null ? [] : [[row[field], { sink: row.sink }]])),
      ['sink']
    )
  ofSink('waiting', 'Events that a sink lacks and that are not parked for it, by sink')
  ofSink('oldest_seconds', 'Age of the oldest of them, by sink')
  ofSink('parked', 'Events that a sink refused ten times, by sink')

  const published = new Counter({
    name: 'holdfast_outbox_published_total',
    help: 'Events published by this node, by type and sink; one that is delivered again counts again',
    labelNames: ['type', 'sink'],
    registers: [registry]
  })
  return { published }
}
