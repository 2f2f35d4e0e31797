import fp from 'fastify-plugin'
import type { Logger } from 'kysely'
import type { Pool } from 'pg'
import { Gauge, Histogram } from 'prom-client'
import { buckets } from '../../kernel/histogram-buckets.ts'
import { queryName } from './query-name.ts'

/** How a pool of connections does. */
export type PoolWatch = {
  /** Somebody has waited this long for a connection, or for nothing. */
  waited: (seconds: number) => void
  /** For Kysely: how long a query took, once it had its connection. */
  queried: Logger
}

/** Of a query that goes past Kysely. What fails is for its caller to tell. */
export type TimedQuery = <T>(pool: string, query: string, work: () => Promise<T>) => Promise<T>

declare module 'fastify' {
  interface FastifyInstance {
    /** Shows a pool in the metrics under this name (primary, replica1, …), and says which of its queries are slow. */
    watchPool: (name: string, pool: Pool) => PoolWatch
    /** Shows how long a query took, by these names, and says so when it was slow. */
    timedQuery: TimedQuery
  }
}

/** Connections and queries, by whose they are. Before the pools are opened. */
export default fp(
  async (fastify) => {
    const { config, log, metrics } = fastify
    const registers = [metrics.registry]
    const pools = new Map<string, Pool>()

    const gauge = (name: string, help: string, read: (pool: Pool) => number) =>
      new Gauge({
        name: `holdfast_pool_${name}`,
        help,
        labelNames: ['pool'],
        registers,
        collect() {
          for (const [name_of_pool, pool] of pools) this.set({ pool: name_of_pool }, read(pool))
        }
      })
    gauge('connections', 'Open connections, busy or idle', (pool) => pool.totalCount)
    gauge('idle_connections', 'Open connections that nobody uses', (pool) => pool.idleCount)
    gauge('waiting', 'Who waits for a connection; 0 is good', (pool) => pool.waitingCount)
    gauge('max_connections', 'How many there may be', (pool) => pool.options.max)

    const waits = new Histogram({
      name: 'holdfast_pool_wait_seconds',
      help: 'Time until a connection was there, a new one too; good: under 0.01',
      labelNames: ['pool'],
      buckets,
      registers
    })
    const queries = new Histogram({
      name: 'holdfast_query_duration_seconds',
      help: 'Time of a query on its connection, by what it does to which table, or by its function; good: under 0.05',
      labelNames: ['pool', 'query'],
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
      registers
    })

    function observe(pool: string, query: string, ms: number, sql?: string) {
      queries.observe({ pool, query }, ms / 1000)
      // Its text has no values in it.
      if (config.SLOW_QUERY_MS > 0 && ms >= config.SLOW_QUERY_MS)
        log.warn({ query, pool, ms: Math.round(ms), sql: sql?.slice(0, 1000) }, 'slow query')
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
