import type { FastifyRateLimitStore } from '@fastify/rate-limit'
import type { Callback, Redis, Result } from 'ioredis'
import { script } from '../../lib/script.ts'

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

/** The store of @fastify/rate-limit, on buckets in Redis. The plugin makes a child for each route with its own limit. */
export function bucketStore(redis: Redis) {
  redis.defineCommand('rateBucket', { numberOfKeys: 1, lua: script(import.meta, 'bucket.lua') })
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
