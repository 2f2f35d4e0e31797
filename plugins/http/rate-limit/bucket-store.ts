import type { FastifyRateLimitStore } from '@fastify/rate-limit'
import type { Redis } from 'ioredis'
import { script } from '../../lib/script.ts'
import type { Questions } from '../../storage/questions/index.ts'

type Answer = (error: Error | null, result?: { current: number; ttl: number }) => void

/** The store of @fastify/rate-limit, on buckets in Redis. The plugin makes a child for each route with its own limit. */
export function bucketStore(redis: Redis, questions: Questions) {
  questions.define('bucket', script(import.meta, 'bucket.lua'))
  return class BucketStore implements FastifyRateLimitStore {
    async incr(key: string, callback: Answer, window_ms: number, most: number) {
      const question = { name: 'bucket', keys: [`rate:${key}`], args: [most, window_ms] }
      const reply = await questions
        .ask<[number, number]>(redis, question)
        .catch((err: Error) => err)
      if (reply instanceof Error) callback(reply)
      else callback(null, { current: reply[0], ttl: reply[1] })
    }

    child() {
      return this
    }
  }
}
