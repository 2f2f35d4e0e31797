import type { FastifyBaseLogger } from 'fastify'
import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { Client, type Pool } from 'pg'
import type { Database, Reader } from '../../../sql/types.ts'
import { lsnFrom, type Lsn } from '../lsn.ts'
import { postgresConnection, setNewerSettings } from '../../lib/postgres-connection.ts'
import { script } from '../../lib/script.ts'
import type { PoolWatch, TimedQuery } from '../database-metrics/index.ts'
import { kyselyOn } from '../pool.ts'
import { nameStatement, send, sendUnnamed } from '../prepared.ts'
import { statement } from '../statement.ts'
import type { Health, Sighting } from './health.ts'

/** One replica as this node knows it. */
export type Replica = {
  /** replica1, in the order of REPLICA_URLS. */
  name: string
  db: ReadonlyKysely<Database>
  health: Health
  /** What statements that begin now see at least; undefined: the node does not know. */
  watermark: Lsn | undefined
  /** The newest heartbeat that the replica has shown. */
  heartbeat_at: Date | undefined
  /** When a probe last succeeded, on the steady clock. */
  probed_at: number | undefined
  /**
   * Rises whenever the replica may have crashed. What this node knew of the replica, and what it read meanwhile, may be
   * newer than what the replica has kept.
   */
  connection_generation: number
  /** A position at or after everything that earlier statements on this replica have seen; undefined: it does not say. */
  seen: () => Promise<Lsn | undefined>
  /** Probes now, or joins the probe under way. Never throws. */
  probe: () => Promise<void>
  /** Ends the probes and their connection, not the pool. */
  close: () => Promise<void>
}

type Options = {
  name: string
  /** For the data. The replica does not end it. */
  pool: Pool
  /** Whether its connections prepare statements. */
  prepares: boolean
  /** Names its connections. */
  application_name: string
  judge: (sighting: Sighting | undefined) => Health
  log: FastifyBaseLogger
  timedQuery: TimedQuery
  watchPool: (name: string, pool: Pool) => PoolWatch
}

const patienceMs = 1000
const probeText = script(import.meta, 'probe.sql')
nameStatement(probeText)
const findSeen = statement((_db: Reader) =>
  sql.raw<{ seen: string | null }>(script(import.meta, 'seen.sql'))
)

/**
 * Probes a replica on a connection of its own, outside the pool: a replica whose pool is busy is not an unreachable one.
 */
export function openReplica(
  url: string,
  { name, pool, prepares, application_name, judge, log, timedQuery, watchPool }: Options
): Replica {
  const db = kyselyOn(pool, watchPool(name, pool), { prepares })
  const ask = prepares ? send : sendUnnamed
  let watch: Client | undefined
  let probing: Promise<void> | undefined
  let closed = false

  const replica: Replica = {
    name,
    // The same object; the type forbids writing.
    db: db as unknown as ReadonlyKysely<Database>,
    health: { state: 'ejected', reason: 'probe_failed' },
    watermark: undefined,
    heartbeat_at: undefined,
    probed_at: undefined,
    connection_generation: 0,
    async seen() {
      const [row] = await findSeen(db)
      return row?.seen ? lsnFrom(row.seen) : undefined
    },
    probe: () => (probing ??= probe().finally(() => (probing = undefined))),
    async close() {
      closed = true
      await probing
      await watch?.end()
    }
  }
  return replica

  async function probe() {
    const sighting = closed ? undefined : await look().catch(failed)
    const before = replica.health
    replica.health = judge(sighting)
    const { state, reason } = replica.health
    if (state !== before.state) log.info({ replica: name, state, reason }, `replica is ${state}`)
  }

  async function look(): Promise<Sighting | undefined> {
    const client = (watch ??= await connect())
    const { rows } = await timedQuery(name, 'probe', () => ask<Sighting>(client, probeText, []))
    const sighting = rows[0] ?? unsubscribed
    replica.watermark = sighting.watermark === null ? undefined : lsnFrom(sighting.watermark)
    replica.heartbeat_at = sighting.heartbeat_at ?? undefined
    replica.probed_at = performance.now()
    return sighting
  }

  async function connect() {
    const client = new Client({
      ...postgresConnection(url),
      application_name,
      connectionTimeoutMillis: patienceMs,
      query_timeout: patienceMs
    })
    // A crash forgets what was not yet on disk: the replica may come back with older data.
    client.on('error', () => lose(client))
    client.on('end', () => lose(client))
    await client.connect()
    await setNewerSettings(client)
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

  /** A late answer would be taken for the answer to the next probe. */
  function hangUp(client: Client) {
    lose(client)
    void client.end()
  }
}

const unsubscribed: Sighting = {
  watermark: null,
  pid: null,
  whole: true,
  heartbeat_at: null,
  epoch: null
}
