import type { Redis, Result } from 'ioredis'
import { v4 } from 'uuid'
import { noLsn, type Lsn } from '../lsn.ts'
import { script } from '../../lib/script.ts'
import type { Incarnation } from './incarnation.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** miss.lua */
    cacheMiss(
      lease: string,
      tombstone: string,
      born: string,
      lease_id: string,
      lease_ms: number,
      run: string,
      young_ms: number
    ): Result<[number, string], Context>
    /** fill.lua */
    cacheFill(
      key: string,
      lease: string,
      lease_id: string,
      value: string,
      ttl: number
    ): Result<number, Context>
    /** invalidate.lua */
    cacheInvalidate(keys: number, ...args: (string | number)[]): Result<number, Context>
  }
}

/** What a reader is told who found nothing. */
export type Miss = {
  /** The right to fill; undefined: somebody else has it. */
  lease_id: string | undefined
  /** What the source must have; unknown: only the primary surely does. */
  floor: Lsn | 'unknown'
  /** Names the newest change: a load that began under another mark may be older. */
  mark: string
  /** What was read before Redis or the database went back in time is worth nothing after. */
  life: string
}

const leaseMs = 10_000
/** Longer than a replica may be behind and still serve. */
const tombstoneMs = 60_000
const youngMs = 10_000

/** When this Redis began to remember. */
const born = 'cache:born'

/** Names that no client can ask for as a product. */
const leaseOf = (key: string) => `lease:${key}`
const tombstoneOf = (key: string) => `tombstone:${key}`

/** Values, leases and tombstones in Redis. Every one of these throws while Redis is away. */
export function openEntries(redis: Redis, life: Incarnation) {
  redis.defineCommand('cacheMiss', { numberOfKeys: 3, lua: script(import.meta, 'miss.lua') })
  redis.defineCommand('cacheFill', { numberOfKeys: 2, lua: script(import.meta, 'fill.lua') })
  redis.defineCommand('cacheInvalidate', { lua: script(import.meta, 'invalidate.lua') })

  return {
    /** undefined: there is no value, or one of another life. No body stands for "there is none". */
    async find(key: string): Promise<{ body: string | undefined } | undefined> {
      const value = await redis.get(key)
      const prefix = `${life.now()}:`
      if (!value?.startsWith(prefix)) return undefined
      return { body: value.slice(prefix.length) || undefined }
    },

    async miss(key: string): Promise<Miss> {
      const now = life.now()
      const lease_id = v4()
      const keys = [leaseOf(key), tombstoneOf(key), born] as const
      const [leased, mark] = await redis.cacheMiss(...keys, lease_id, leaseMs, life.run(), youngMs)
      const [epoch, lsn] = mark.split(':')
      // A tombstone of another epoch speaks of a log that is not ours.
      const floor = mark === '' ? noLsn : epoch === life.epoch() ? lsn! : 'unknown'
      return { lease_id: leased ? lease_id : undefined, floor, mark, life: now }
    },

    /** Whether it was stored: a change, a flush or time may have ended the lease. */
    async fill(key: string, lease_id: string, its_life: string, body: string, ttl_ms: number) {
      const value = `${its_life}:${body}`
      return (await redis.cacheFill(key, leaseOf(key), lease_id, value, ttl_ms)) === 1
    },

    async forget(keys: string[], lsn: Lsn) {
      const triples = keys.flatMap((key) => [key, leaseOf(key), tombstoneOf(key)])
      const change = `${life.epoch()}:${lsn}`
      await redis.cacheInvalidate(triples.length, ...triples, change, v4(), tombstoneMs)
    }
  }
}
