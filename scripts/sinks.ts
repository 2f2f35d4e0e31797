import { parseArgs } from 'node:util'
import type { Client } from 'pg'
import { connected } from './stack/postgres/cluster.ts'
import { runningDatabases } from './stack/running.ts'

// npm run sinks                  what each event sink lacks, and when a node that names it last started
// npm run sinks -- --drop NAME   drops a sink that no node's EVENT_SINKS names any more: events wait for it no longer
// A node adds the sinks of its EVENT_SINKS when it starts, so take the name out of every node's configuration first.

/** Events that are freed at a time: a relay waits meanwhile. */
const batch = 2000

type Sink = {
  name: string
  waiting: string
  parked: string
  oldest: Date | null
  wanted_at: Date | null
}

/** Every sink, and those that were dropped while their events were not freed to the end. */
async function findSinks(client: Client): Promise<Sink[]> {
  const { rows } = await client.query<Sink>(
    `with fresh as (
       select count(*) as waiting, min(created_at) as oldest from outbox where not distributed
     ), backlog as (
       select d.sink as name, count(*) filter (where d.parked_at is null) as waiting, count(d.parked_at) as parked,
              min(o.created_at) filter (where d.parked_at is null) as oldest
       from outbox_deliveries d join outbox o using (seq) group by d.sink
     )
     select name, (coalesce(b.waiting, 0) + case when s.name is null then 0 else f.waiting end)::text as waiting,
            coalesce(b.parked, 0)::text as parked,
            least(b.oldest, case when s.name is not null then f.oldest end) as oldest, s.wanted_at
     from event_sinks s full join backlog b using (name) cross join fresh f
     order by name`
  )
  return rows
}

function print({ name, waiting, parked, oldest, wanted_at }: Sink) {
  const since = oldest ? ` since ${oldest.toISOString()}` : ''
  const wanted = wanted_at
    ? `a node that names it started last at ${wanted_at.toISOString()}`
    : `dropped, but not to the end: npm run sinks -- --drop ${name}`
  console.log(`${name.padEnd(16)} ${waiting} waiting${since}, ${parked} parked; ${wanted}`)
}

/** Also goes on with a drop that was interrupted. */
async function drop(client: Client, name: string): Promise<void> {
  const sink = (await findSinks(client)).find((one) => one.name === name)
  if (!sink) throw new Error(`there is no sink ${name}: npm run sinks lists them`)
  if (sink.wanted_at) await client.query('select drop_event_sink(p_name => $1)', [name])

  for (let freed = batch; freed === batch;) {
    const { rows } = await client.query<{ seq: string }>(
      'select seq from outbox_deliveries where sink = $1 order by seq limit $2',
      [name, batch]
    )
    freed = rows.length
    const seqs = rows.map(({ seq }) => seq)
    await client.query('select settle_backlog(p_sink => $1, p_seqs => $2)', [name, seqs])
  }
  console.log(`${name} is dropped: ${sink.waiting} events that waited for it, and ${sink.parked} that were parked,
will not reach it. A node that still names it in EVENT_SINKS adds it again when it starts.`)
}

async function main() {
  const { values } = parseArgs({ options: { drop: { type: 'string' } } })
  await connected(runningDatabases().primary.admin_url, async (client) => {
    if (values.drop !== undefined) return drop(client, values.drop)
    for (const sink of await findSinks(client)) print(sink)
  })
}

await main().catch((err: Error) => {
  console.error(`sinks: ${err.message}`)
  process.exitCode = 1
})
