import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Pool } from 'pg'
import type { TimedQuery } from '../../storage/database-metrics/index.ts'
import { openPool } from '../../storage/postgres.ts'
import { tally, type Check, type Look } from './finding.ts'

type Digest = { rows: number; sum: string }
type Digester = (pool: Pool, table: string) => Promise<Digest>

const patienceMs = 60_000
/** How long a replica may be behind, all its tables together; and how often it is looked at meanwhile. */
const lagMs = 5000
const betweenMs = 200
/** Leases and beats, written all the time. */
const restless = ['outbox_partition', 'outbox_leases', 'heartbeat']

/** Every replica has what the primary has. Reads every table whole, so only when asked. */
export const replicasCheck = (
  { config, log, timedQuery }: FastifyInstance,
  primary: Pool
): Check => ({
  name: 'replicas-agree',
  meaning:
    'Every row of the primary is on every replica, the same, and no other. (Only with deep.)',
  remedy:
    'Buyers are shown what is not so; no sale is decided there. Look at the replica’s log and at pg_stat_subscription; take it out of REPLICA_URLS, empty it and subscribe it anew.',

  async look(deep) {
    const { look, add } = tally()
    if (!deep) return { ...look, reason: 'reads every table: only with deep=true' }
    const tables = await findTables(primary)
    const digest = digester(timedQuery)
    const one = async (url: string, at: number) => {
      const pool = openPool(url, {
        ...plain,
        application_name: `holdfast:${config.PORT}:invariants`,
        onError: (err) => log.warn({ err, replica: at + 1 }, 'idle connection lost')
      })
      try {
        const { differing, moving } = await compare(digest, primary, pool, tables)
        for (const witness of differing) add({ replica: at + 1, ...witness })
        return moving.length > 0 && `replica ${at + 1}: ${moving.join(', ')} kept changing`
      } catch (err) {
        log.warn({ err, replica: at + 1 }, 'a replica could not be compared')
        return `replica ${at + 1} does not answer`
      } finally {
        await pool.end()
      }
    }
    const reasons = await Promise.all(config.REPLICA_URLS.map(one))
    const reason = reasons.filter(Boolean).join('; ')
    return { ...look, ...(reason && { reason }) } satisfies Look
  }
})

/** One connection, on which a row reads the same wherever it is. */
export const plain = {
  max: 1,
  statement_timeout: patienceMs,
  query_timeout: patienceMs + 2000,
  options: '-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c bytea_output=hex'
}

async function findTables(primary: Pool): Promise<string[]> {
  const { rows } = await primary.query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables
     where schemaname = 'public' and tablename <> all ($1) order by 1`,
    [restless]
  )
  return rows.map(({ name }) => name)
}

/** The primary is read before and after the replica: only what stood still in between can differ. */
async function compare(digest: Digester, primary: Pool, replica: Pool, tables: string[]) {
  const differing: { table: string; here: Digest; there: Digest }[] = []
  const moving: string[] = []
  let patience = lagMs
  for (const table of tables) {
    for (;;) {
      const before = await digest(primary, table)
      const there = await digest(replica, table)
      const after = await digest(primary, table)
      if (same(there, before) || same(there, after)) break
      if (patience <= 0) {
        if (same(before, after)) differing.push({ table, here: before, there })
        else moving.push(table)
        break
      }
      patience -= betweenMs
      await wait(betweenMs)
    }
  }
  return { differing, moving }
}

const same = (one: Digest, other: Digest) => one.rows === other.rows && one.sum === other.sum

/** How many rows, and a sum of what they hash to, in whatever order they are. */
const digester =
  (timedQuery: TimedQuery): Digester =>
  async (pool, table) => {
    const { rows } = await timedQuery('invariants', `digest ${table}`, () =>
      pool.query<Digest>(
        `select count(*) as rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text as sum
         from public.${table} t`
      )
    )
    return rows[0]!
  }
