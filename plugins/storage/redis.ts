import fastifyRedis from '@fastify/redis'
import fp from 'fastify-plugin'
import { Redis } from 'ioredis'

/**
 * `fastify.redis` (declared by @fastify/redis): carts, cache, stock gate, limits: data that may be lost. With the sink
 * `redis_streams`, losing Redis loses events that consumers have not read.
 * While Redis is unreachable, every command fails at once. A node starts without Redis too, after one attempt.
 */
export default fp(
  async (fastify) => {
    const redis = new Redis(fastify.config.REDIS_URL, {
      keyPrefix: fastify.config.REDIS_PREFIX,
      enableAutoPipelining: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      connectTimeout: 1000,
      commandTimeout: 1000,
      // A connection on which nothing arrives is closed: then commands fail at once instead of each after a second.
      socketTimeout: 1500,
      retryStrategy: (times) => Math.min(50 * times, 1000)
    })
    let reachable = true
    redis.on('ready', () => {
      if (!reachable) fastify.log.info('Redis is reachable again')
      reachable = true
    })
    redis.on('error', (err) => {
      if (reachable) fastify.log.warn({ err }, 'Redis is unreachable')
      reachable = false
    })
    // Not the plugin's quit(), which fails while Redis is unreachable.
    fastify.addHook('onClose', async () => redis.disconnect())

    const connected = await new Promise<boolean>((resolve) => {
      redis.once('ready', () => resolve(true))
      redis.once('error', () => resolve(false))
    })
    // @fastify/redis waits for its client to be ready, and would stop the start of a node whose Redis is down.
    if (connected) await fastify.register(fastifyRedis, { client: redis })
    else fastify.decorate('redis', redis as typeof fastify.redis)
  },
  { name: 'redis', dependencies: ['config'] }
)
