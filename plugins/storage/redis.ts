import fp from 'fastify-plugin'
import { Redis } from 'ioredis'

declare module 'fastify' {
  interface FastifyInstance {
    /** Carts, cache, stock gate, limits: nothing that may not be lost. Commands fail at once while Redis is away. */
    redis: Redis
  }
}

export default fp(
  async (fastify) => {
    const redis = new Redis(fastify.config.REDIS_URL, {
      keyPrefix: fastify.config.REDIS_PREFIX,
      enableAutoPipelining: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      connectTimeout: 1000,
      commandTimeout: 1000,
      // One that hangs is hung up on: then commands fail at once instead of waiting, each its second.
      socketTimeout: 1500,
      retryStrategy: (times) => Math.min(50 * times, 1000)
    })
    let reachable = true
    redis.on('ready', () => (reachable = true))
    redis.on('error', (err) => {
      if (reachable) fastify.log.warn({ err }, 'Redis is away')
      reachable = false
    })
    fastify.addHook('onClose', async () => redis.disconnect())

    // A node starts without Redis too, but not before it has tried.
    await new Promise<void>((resolve) => {
      redis.once('ready', resolve)
      redis.once('error', () => resolve())
    })

    fastify.decorate('redis', redis)
  },
  { name: 'redis', dependencies: ['config'] }
)
