import fp from 'fastify-plugin'
import type { Logger } from 'kysely'
import type { Pool } from 'pg'
import { openMetrics } from './metrics.ts'
import { queryName } from './query-name.ts'

/** A query that is slow again within this time is only counted: a node asks some queries every second. */
const quietMs = 10_000

/** What a pool reports of its connections and queries. */
export type PoolWatch = {
  /** A query has waited this long for its connection. */
  waited: (seconds: number) => void
  /** For Kysely: how long a query took, once it had its connection. */
  queried: Logger
}

/** For a query that does not go through Kysely. Its failure is not reported here: it rejects. */
export type TimedQuery = <T>(pool: string, query: string, work: () => Promise<T>) => Promise<T>

declare module 'fastify' {
  interface FastifyInstance {
    /** Shows a pool in the metrics under this name (primary, replica1, …), and logs and counts its slow queries. */
    watchPool: (name: string, pool: Pool) => PoolWatch
    /** Shows in the metrics how long a query took, by these names, and logs a slow one. */
    timedQuery: TimedQuery
  }
}

/** Metrics of connections and queries, and the log of slow queries. */
export default fp(
  async (fastify) => {
    const { config, log, metrics } = fastify
    const pools = new Map<string, Pool>()
    const { queries, slow, waits } = openMetrics(metrics.registry, pools)
    const quiet = openQuiet()

    function observe(pool: string, query: string, ms: number, sql?: string) {
      queries.observe({ pool, query }, ms / 1000)
      if (config.SLOW_QUERY_MS === 0 || ms < config.SLOW_QUERY_MS) return
      slow.inc({ query })
      const unlogged = quiet(`${pool} ${query}`)
      if (unlogged === undefined) return
      // The text of a query has no values in it.
      const line = { query, pool, ms: Math.round(ms), sql: sql?.slice(0, 1000) }
      log.warn({ ...line, ...(unlogged > 0 && { unlogged }) }, 'slow query')
    }

    fastify.decorate('watchPool', (name, pool) => {
      pools.set(name, pool)
      return {
        waited: (seconds) => waits.observe({ pool: name }, seconds),
        queried: ({ query: { sql }, queryDurationMillis: ms }) =>
          observe(name, queryName(sql), ms, sql)
      }
    })
    fastify.decorate('timedQuery', async (pool, query, work) => {
      const began = performance.now()
      const answer = await work()
      observe(pool, query, performance.now() - began)
      return answer
    })
  },
  { name: 'database-metrics', dependencies: ['config', 'metrics'] }
)

/** How many lines of this query were left out since the last one; undefined: leave out this one too. */
function openQuiet() {
  const lines = new Map<string, { at: number; unlogged: number }>()
  return (query: string): number | undefined => {
    const now = performance.now()
    const last = lines.get(query)
    if (last && now - last.at < quietMs) {
      last.unlogged++
      return undefined
    }
    lines.set(query, { at: now, unlogged: 0 })
    return last?.unlogged ?? 0
  }
}
