import type { Redis } from 'ioredis'
import type { Registry } from 'prom-client'
import { onScrape } from '../../kernel/scraped-metrics.ts'

/** The state of Redis from its INFO. Every node shows the same. */
export function openRedisMetrics(registry: Registry, redis: Redis) {
  const { up, gauge, counter } = onScrape(registry, async () =>
    // Only on request: the default sections are without the errors.
    fieldsOf((await Promise.all([redis.info(), redis.info('errorstats')])).join('\r\n'))
  )

  up('holdfast_redis_up', 'Redis answers this node; 1 is good')
  gauge('holdfast_redis_memory_bytes', 'Memory that Redis uses', (of) => [[of('used_memory')]])
  gauge(
    'holdfast_redis_memory_limit_bytes',
    'Memory that Redis may use, more than used by a third is good; 0: there is no limit',
    (of) => [[of('maxmemory')]]
  )
  gauge('holdfast_redis_connections', 'Open connections to Redis; a few a node', (of) => [
    [of('connected_clients')]
  ])
  counter('holdfast_redis_hits_total', 'Keys that were looked for and found, all nodes', (of) =>
    of('keyspace_hits')
  )
  counter('holdfast_redis_misses_total', 'Keys that were not there, all nodes', (of) =>
    of('keyspace_misses')
  )
  counter(
    'holdfast_redis_evictions_total',
    'Keys that were dropped for want of memory, carts among them; 0 is the only good number',
    (of) => of('evicted_keys')
  )
  counter(
    'holdfast_redis_refused_writes_total',
    'Writes that Redis refused for want of memory: carts answer 503 then; 0 is the only good number',
    (of) => of('errorstat_OOM')
  )
}

/** The same of the Redis of the cache, where there is one (CACHE_REDIS_URL). */
export function openCacheRedisMetrics(registry: Registry, redis: Redis) {
  const { up, gauge, counter } = onScrape(registry, async () => fieldsOf(await redis.info()))

  up('holdfast_cache_redis_up', 'The Redis of the cache answers this node; 1 is good')
  gauge('holdfast_cache_redis_memory_bytes', 'Memory that the Redis of the cache uses', (of) => [
    [of('used_memory')]
  ])
  gauge(
    'holdfast_cache_redis_memory_limit_bytes',
    'Memory that the Redis of the cache may use; 0: there is no limit',
    (of) => [[of('maxmemory')]]
  )
  counter(
    'holdfast_cache_redis_evictions_total',
    'Cached bodies that were dropped for want of memory; each costs a query',
    (of) => of('evicted_keys')
  )
}

/** The fields of INFO: one `name:value` a line; an error's is `errorstat_NAME:count=value`. */
function fieldsOf(info: string) {
  const fields = new Map(
    info.split('\r\n').map((line) => line.replace(':count=', ':').split(':', 2) as [string, string])
  )
  return (name: string) => Number(fields.get(name) ?? 0)
}
