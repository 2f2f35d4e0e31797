import type { Kysely } from 'kysely'
import { Counter, type Registry } from 'prom-client'
import type { Database } from '../../../sql/types.ts'
import { onScrape } from '../../kernel/scraped-metrics.ts'
import { measureOutbox } from './queries.ts'

type Measure = Awaited<ReturnType<typeof measureOutbox>>

/** What is in the outbox, asked when Prometheus asks; and what this node has published. */
export function openGauges(registry: Registry, db: Kysely<Database>) {
  const outbox = onScrape(registry, () => measureOutbox(db))
  const gauge = (field: keyof Measure, help: string) =>
    outbox.gauge(`holdfast_outbox_${field}`, help, (now) => [[now[field]]])
  gauge('waiting', 'Events that are not published yet')
  gauge('oldest_seconds', 'Age of the oldest event that waits')
  gauge('parked', 'Events that the sink refused ten times; 0 is the only good number')

  const published = new Counter({
    name: 'holdfast_outbox_published_total',
    help: 'Events published by this node, by type; one that is delivered again counts again',
    labelNames: ['type'],
    registers: [registry]
  })
  return { published }
}
