import type { Pool } from 'pg'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { buckets } from '../../kernel/histogram-buckets.ts'

/** Connections and queries of the pools by these names; a pool that is added later is shown from then on. */
export function openMetrics(registry: Registry, pools: Map<string, Pool>) {
  const registers = [registry]

  const gauge = (name: string, help: string, read: (pool: Pool) => number) =>
    new Gauge({
      name: `holdfast_pool_${name}`,
      help,
      labelNames: ['pool'],
      registers,
      collect() {
        for (const [pool_name, pool] of pools) this.set({ pool: pool_name }, read(pool))
      }
    })
  gauge('connections', 'Open connections, busy or idle', (pool) => pool.totalCount)
  gauge('idle_connections', 'Open connections that are not in use', (pool) => pool.idleCount)
  gauge('waiting', 'Requests for a connection that wait; 0 is good', (pool) => pool.waitingCount)
  gauge('max_connections', 'How many connections there may be', (pool) => pool.options.max)

  return {
    slow: new Counter({
      name: 'holdfast_slow_queries_total',
      help: 'Queries that took at least SLOW_QUERY_MS, by what they do to which table, or by their function; good: none',
      labelNames: ['query'],
      registers
    }),
    waits: new Histogram({
      name: 'holdfast_pool_wait_seconds',
      help: 'Time until a connection was there, a new one too; good: under 0.01',
      labelNames: ['pool'],
      buckets,
      registers
    }),
    queries: new Histogram({
      name: 'holdfast_query_duration_seconds',
      help: 'Time of a query on its connection, by what it does to which table, or by its function; good: under 0.05',
      labelNames: ['pool', 'query'],
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
      registers
    })
  }
}
