import { sql, type Kysely } from 'kysely'
import { Counter, type Registry } from 'prom-client'
import type { Database } from '../../../sql/types.ts'
import { onScrape } from '../../kernel/scraped-metrics.ts'

type Measure = {
  /** null: all sinks together. */
  sink: string | null
  /** Events that it lacks and that are not parked for it. */
  waiting: number
  parked: number
  oldest_seconds: number
}

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
  gauge('parked', 'Events that a sink refused ten times; 0 is the only good number')

  const ofSink = (field: Field, help: string) =>
    outbox.gauge(
      `holdfast_outbox_sink_${field}`,
      help,
      (rows) =>
        rows.flatMap((row) => (row.sink === null ? [] : [[row[field], { sink: row.sink }]])),
      ['sink']
    )
  ofSink('waiting', 'Events that a sink lacks and that are not parked for it, by sink')
  ofSink(
    'oldest_seconds',
    'Age of the oldest event that a sink lacks and that is not parked for it, by sink'
  )
  ofSink('parked', 'Events that a sink refused ten times, by sink')

  const published = new Counter({
    name: 'holdfast_outbox_published_total',
    help: 'Events published by this node, by type and sink; one that is delivered again counts again',
    labelNames: ['type', 'sink'],
    registers: [registry]
  })
  return { published }
}

/**
 * What waits in the outbox for any sink, and since when; and the same for each sink. The oldest event of a backlog is the
 * first of its partition: they are not read to the end, since there may be a million.
 */
async function measureOutbox(db: Kysely<Database>): Promise<Measure[]> {
  const { rows } = await sql<Measure>`
    with fresh as (
      select count(*) as waiting, min(created_at) as since from outbox where not distributed
    ), counted as (
      select sink, count(*) filter (where parked_at is null) as waiting, count(parked_at) as parked
      from outbox_deliveries group by sink
    ), oldest as (
      select l.sink, min(first.created_at) as since
      from outbox_leases l cross join lateral (
        select o.created_at from outbox_deliveries d join outbox o using (seq)
        where d.sink = l.sink and d.partition = l.partition and d.parked_at is null
        order by d.seq limit 1) as first
      group by l.sink
    ), only_parked as (
      select count(distinct seq) as events from outbox_deliveries d
      where parked_at is not null and not exists (
        select from outbox_deliveries other where other.seq = d.seq and other.parked_at is null)
    ), measured as (
      select s.name as sink, fresh.waiting + coalesce(c.waiting, 0) as waiting, coalesce(c.parked, 0) as parked,
             least(fresh.since, o.since) as since
      from event_sinks s cross join fresh
      left join counted c on c.sink = s.name left join oldest o on o.sink = s.name
      union all
      select null, (select count(*) from outbox) - events,
             (select coalesce(sum(parked), 0)::bigint from counted), least(fresh.since, (select min(since) from oldest))
      from fresh, only_parked
    )
    select sink, waiting, parked, coalesce(extract(epoch from clock_timestamp() - since), 0)::float8 as oldest_seconds
    from measured`.execute(db)
  return rows
}
