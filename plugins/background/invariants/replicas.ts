import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Pool } from 'pg'
import type { TimedQuery } from '../../storage/database-metrics/index.ts'
import { openPool } from '../../storage/pool.ts'
import { tally, type Check, type Look } from './finding.ts'

type Digest = { rows: number; sum: string }
type Digester = (pool: Pool, table: string) => Promise<Digest>

const patienceMs = 60_000
/** How long a replica may be behind, all its tables together; and the pause between two comparisons. */
const lagMs = 5000
const betweenMs = 200
/** Leases and heartbeats, written all the time. */
const restless = ['outbox_partition', 'outbox_leases', 'heartbeat']

/** Every replica has the rows of the primary. It reads whole tables, so it runs only with `deep`. */
export const replicasCheck = (
  { config, log, timedQuery }: FastifyInstance,
  primary: Pool
): Check => ({
  name: 'replicas-agree',
  meaning: 'Every replica has the same rows as the primary. (Only with deep.)',
  remedy:
    'Customers are shown wrong data; no sale is decided on a replica. Look at the replica’s log and at pg_stat_subscription; take it out of REPLICA_URLS and rebuild it (npm run replica:resync).',

  async look(deep) {
    const { look, add } = tally()
    if (!deep) return { ...look, reason: 'reads every table: only with deep=true' }
    const tables = await findTables(primary)
    const digest = digester(timedQuery)
    const one = async (url: string, at: number) => {
      const replica = `replica${at + 1}`
      const pool = openPool(url, {
        ...plain,
        application_name: `holdfast:${config.PORT}:invariants`,
        onError: (err) => log.warn({ err, replica }, 'idle connection lost')
      })
      try {
        const { differing, moving } = await compare(digest, primary, pool, tables)
        for (const witness of differing) add({ replica: at + 1, ...witness })
        return moving.length > 0 && `replica ${at + 1}: ${moving.join(', ')} kept changing`
      } catch (err) {
        log.warn({ err, replica }, 'replica not compared')
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

/** Options of a pool with one connection. Like every connection, it shows a row as the same text on every server. */
export const plain = {
  max: 1,
  statement_timeout: patienceMs,
  query_timeout: patienceMs + 2000
}

async function findTables(primary: Pool): Promise<string[]> {
  const { rows } = await primary.query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables
     where schemaname = 'public' and tablename <> all ($1) order by 1`,
    [restless]
  )
  return rows.map(({ name }) => name)
}

/** Reads the primary before and after the replica: only a table that did not change in between can differ. */
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

/** The number of rows and the sum of their hashes, which does not depend on their order. */
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
