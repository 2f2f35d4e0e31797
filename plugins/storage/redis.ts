import fastifyRedis from '@fastify/redis'
import type { FastifyBaseLogger } from 'fastify'
import fp from 'fastify-plugin'
import { Redis } from 'ioredis'
import { writeOnceATurn } from './one-write-a-turn.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The Redis of cached catalog bodies: that of CACHE_REDIS_URL, without it the same as `fastify.redis`. */
    cacheRedis: Redis
  }
}

/**
 * `fastify.redis` (declared by @fastify/redis): carts, positions of sessions, stock gate, limits: data that may be lost.
 * With the sink `redis_streams`, losing Redis loses events that consumers have not read.
 * While a Redis is unreachable, every command fails at once. A node starts without Redis too, after one attempt.
 */
export default fp(
  async (fastify) => {
    const { config, log } = fastify
    const redis = open('Redis', config.REDIS_URL, config.REDIS_PREFIX, log)
    const cache = config.CACHE_REDIS_URL
      ? open('the Redis of the cache', config.CACHE_REDIS_URL, config.REDIS_PREFIX, log)
      : redis
    // Not the plugin's quit(), which fails while Redis is unreachable.
    fastify.addHook('onClose', async () => {
      redis.disconnect()
      cache.disconnect()
    })

    const [connected] = await Promise.all([firstAnswer(redis), firstAnswer(cache)])
    // @fastify/redis waits for its client to be ready, and would stop the start of a node whose Redis is down.
    if (connected) await fastify.register(fastifyRedis, { client: redis })
    else fastify.decorate('redis', redis as typeof fastify.redis)
    fastify.decorate('cacheRedis', cache)
  },
  { name: 'redis', dependencies: ['config'] }
)

/** `name` stands in the log. */
function open(name: string, url: string, keyPrefix: string, log: FastifyBaseLogger) {
  const redis = new Redis(url, {
    keyPrefix,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: 1000,
    commandTimeout: 1000,
    // A connection on which nothing arrives is closed: then commands fail at once instead of each after a second.
    socketTimeout: 1500,
    retryStrategy: (times) => Math.min(50 * times, 1000)
  })
  writeOnceATurn(redis)
  let reachable = true
  redis.on('ready', () => {
    if (!reachable) log.info(`${name} is reachable again`)
    reachable = true
  })
  redis.on('error', (err) => {
    if (reachable) log.warn({ err }, `${name} is unreachable`)
    reachable = false
  })
  return redis
}

/** Whether the first attempt to connect succeeded. */
const firstAnswer = (redis: Redis) =>
  new Promise<boolean>((resolve) => {
    redis.once('ready', () => resolve(true))
    redis.once('error', () => resolve(false))
  })
