import type { FastifyBaseLogger } from 'fastify'
import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { Client, type Pool } from 'pg'
import type { Database } from '../../../sql/types.ts'
import { lsnFrom, type Lsn } from '../lsn.ts'
import { script } from '../../lib/script.ts'
import type { PoolWatch, TimedQuery } from '../database-metrics/index.ts'
import { kyselyOn, openPool } from '../postgres.ts'
import type { Health, Sighting } from './health.ts'

/** One replica as this node knows it. */
export type Replica = {
  /** replica1, in the order of REPLICA_URLS. */
  name: string
  db: ReadonlyKysely<Database>
  health: Health
  /** What statements that begin now see at least; undefined: nobody knows. */
  watermark: Lsn | undefined
  /** The newest heartbeat that it has shown. */
  at: Date | undefined
  /** When it was last probed with success, on the steady clock. */
  probed_at: number | undefined
  /** Rises when it may have died: what was known of it before is worth nothing, what was asked of it meanwhile neither. */
  connection_generation: number
  /** A position at or after everything that statements before this one have seen; undefined: it does not say. */
  seen: () => Promise<Lsn | undefined>
  /** Looks at it now, or joins whoever does. Never throws. */
  probe: () => Promise<void>
  close: () => Promise<void>
}

type Options = {
  name: string
  /** Names its connections. */
  application_name: string
  judge: (sighting: Sighting | undefined) => Health
  log: FastifyBaseLogger
  timedQuery: TimedQuery
  watchPool: (name: string, pool: Pool) => PoolWatch
}

const patienceMs = 1000
const probeText = script(import.meta, 'probe.sql')
const seenText = script(import.meta, 'seen.sql')

/** A pool for the data and, outside of it, a connection to watch by: a replica that is busy is not one that is away. */
export function openReplica(
  url: string,
  { name, application_name, judge, log, timedQuery, watchPool }: Options
): Replica {
  const pool = openPool(url, {
    max: 10,
    application_name,
    onError: (err) => log.warn({ err, replica: name }, 'idle connection lost')
  })
  const db = kyselyOn(pool, watchPool(name, pool))
  let watch: Client | undefined
  let probing: Promise<void> | undefined
  let closed = false

  const replica: Replica = {
    name,
    // The same object; the type forbids writing.
    db: db as unknown as ReadonlyKysely<Database>,
    health: { state: 'ejected', reason: 'probe_failed' },
    watermark: undefined,
    at: undefined,
    probed_at: undefined,
    connection_generation: 0,
    async seen() {
      const { rows } = await sql.raw<{ seen: string | null }>(seenText).execute(db)
      return rows[0]?.seen ? lsnFrom(rows[0].seen) : undefined
    },
    probe: () => (probing ??= probe().finally(() => (probing = undefined))),
    async close() {
      closed = true
      await probing
      // Not by Kysely, which ends no pool that it has not used yet.
      await Promise.all([watch?.end(), pool.end()])
    }
  }
  return replica

  async function probe() {
    const sighting = closed ? undefined : await look().catch(failed)
    const before = replica.health
    replica.health = judge(sighting)
    const { state, reason } = replica.health
    if (state !== before.state) log.info({ replica: name, state, reason }, 'replica changed')
  }

  async function look(): Promise<Sighting | undefined> {
    const client = (watch ??= await connect())
    const { rows } = await timedQuery(name, 'probe', () => client.query<Sighting>(probeText))
    const sighting = rows[0] ?? unsubscribed
    replica.watermark = sighting.watermark === null ? undefined : lsnFrom(sighting.watermark)
    replica.at = sighting.at ?? undefined
    replica.probed_at = performance.now()
    return sighting
  }

  async function connect() {
    const client = new Client({
      connectionString: url,
      application_name,
      connectionTimeoutMillis: patienceMs,
      query_timeout: patienceMs
    })
    // A crash forgets what was not yet on disk: the replica may come back older than it was.
    client.on('error', () => lose(client))
    client.on('end', () => lose(client))
    await client.connect()
    return client
  }

  function lose(client: Client) {
    if (client !== watch) return
    watch = undefined
    replica.watermark = undefined
    replica.connection_generation++
  }

  function failed(reason: unknown): undefined {
    if (replica.health.reason !== 'probe_failed')
      log.warn({ err: reason, replica: name }, 'probe failed')
    if (watch) hangUp(watch)
  }

  /** An answer that comes late would be taken for the next one's. */
  function hangUp(client: Client) {
    lose(client)
    void client.end()
  }
}

const unsubscribed: Sighting = { watermark: null, pid: null, whole: true, at: null, epoch: null }
