import rateLimit, { type FastifyRateLimitStore } from '@fastify/rate-limit'
import fp from 'fastify-plugin'
import type { Callback, Redis, Result } from 'ioredis'
import { RateLimited } from '../../kernel/errors/problems.ts'
import { script } from '../../lib/script.ts'
import { openMetrics } from './metrics.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** bucket.lua */
    rateBucket(
      key: string,
      most: number,
      window_ms: number,
      callback: Callback<[number, number]>
    ): Result<[number, number], Context>
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The route option that puts a route under the limit for checkouts instead of the general one. */
    checkoutLimit: { rateLimit: { max: number; groupId: string } | false }
  }
}

const windowMs = 60_000

/**
 * Limits the requests of an IP address. All nodes share one bucket for each address: it holds the requests of a minute and
 * refills steadily. Without Redis nothing is limited. Covers the API and not the operations (health, metrics, docs).
 */
export default fp(
  async (fastify) => {
    const { RATE_LIMIT_API, RATE_LIMIT_CHECKOUT } = fastify.config
    fastify.redis.defineCommand('rateBucket', {
      numberOfKeys: 1,
      lua: script(import.meta, 'bucket.lua')
    })

    const { limited } = openMetrics(fastify.metrics.registry)

    await fastify.register(rateLimit, {
      global: RATE_LIMIT_API > 0,
      max: RATE_LIMIT_API,
      timeWindow: windowMs,
      allowList: ({ routeOptions }) => !routeOptions.url?.startsWith('/api/'),
      enableDraftSpec: true,
      skipOnError: true,
      store: bucketStore(fastify.redis),
      errorResponseBuilder: () => new RateLimited(),
      onExceeded: ({ routeOptions: { config } }) =>
        limited.inc({ limit: config?.rateLimit ? 'checkout' : 'api' })
    })
    fastify.decorate('checkoutLimit', {
      rateLimit: RATE_LIMIT_CHECKOUT > 0 && { max: RATE_LIMIT_CHECKOUT, groupId: ':checkout' }
    })
  },
  { name: 'rate-limit', dependencies: ['config', 'redis', 'errors', 'metrics'] }
)

/** The store of @fastify/rate-limit, on the bucket in Redis. The plugin makes a child for each route with its own limit. */
function bucketStore(redis: Redis) {
  return class BucketStore implements FastifyRateLimitStore {
    incr(
      key: string,
      callback: (error: Error | null, result?: { current: number; ttl: number }) => void,
      window_ms: number,
      most: number
    ) {
      redis.rateBucket(`rate:${key}`, most, window_ms, (err, reply) => {
        if (err || !reply) callback(err ?? new Error('no reply'))
        else callback(null, { current: reply[0], ttl: reply[1] })
      })
    }

    child() {
      return this
    }
  }
}
