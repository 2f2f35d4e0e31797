import fp from 'fastify-plugin'
import { onScrape } from '../../kernel/scraped-metrics.ts'
import { openNginxLog } from './nginx-log.ts'
import { openNginxMetrics } from './nginx.ts'
import { openCacheRedisMetrics, openRedisMetrics } from './redis.ts'
import { openSlotMetrics } from './replication-slots.ts'

/** The state of the servers that a node depends on, and of the proxy, read when Prometheus scrapes the node. */
export default fp(
  async ({ cacheRedis, config, db, heartbeat, metrics: { registry }, redis }) => {
    const primary = onScrape(registry, async () => !heartbeat.failing())
    primary.gauge(
      'holdfast_primary_up',
      'The last heartbeat of this node was written; 1 is good',
      (up) => [[Number(up)]]
    )
    openRedisMetrics(registry, redis)
    if (cacheRedis !== redis) openCacheRedisMetrics(registry, cacheRedis)
    openSlotMetrics(registry, db)
    if (config.NGINX_STATUS_URL) openNginxMetrics(registry, config.NGINX_STATUS_URL)
    if (config.NGINX_ACCESS_LOG.length > 0) openNginxLog(registry, config.NGINX_ACCESS_LOG)
  },
  { name: 'servers', dependencies: ['config', 'metrics', 'postgres', 'heartbeat', 'redis'] }
)
