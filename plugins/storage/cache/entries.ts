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

/** What a reader that found no value learns. */
export type Miss = {
  /** The right to fill; undefined: another reader has it. */
  lease_id: string | undefined
  /** The position that the source must have; unknown: only the primary is sure to have it. */
  floor: Lsn | 'unknown'
  /** The newest change of the key: a load that began under another mark may have read an older value. */
  mark: string
  /** The incarnation under which the value is read: what is read under one is not stored under another. */
  incarnation: string
}

const leaseMs = 10_000
/** Longer than a replica may be behind and still serve. */
const tombstoneMs = 60_000
const youngMs = 10_000

/** The key with the time at which Redis was last found empty or restarted. */
const born = 'cache:born'

/** Slugs cannot contain ':', so these keys never collide with product keys. */
const leaseOf = (key: string) => `lease:${key}`
const tombstoneOf = (key: string) => `tombstone:${key}`

/** Values, leases and tombstones in Redis. Every function here throws while Redis is unreachable. */
export function openEntries(redis: Redis, incarnation: Incarnation) {
  redis.defineCommand('cacheMiss', { numberOfKeys: 3, lua: script(import.meta, 'miss.lua') })
  redis.defineCommand('cacheFill', { numberOfKeys: 2, lua: script(import.meta, 'fill.lua') })
  redis.defineCommand('cacheInvalidate', { lua: script(import.meta, 'invalidate.lua') })

  return {
    /** undefined: there is no value of this incarnation. A value without a body says that the row does not exist. */
    async find(key: string): Promise<{ body: string | undefined } | undefined> {
      const value = await redis.get(key)
      const prefix = `${incarnation.now()}:`
      if (!value?.startsWith(prefix)) return undefined
      return { body: value.slice(prefix.length) || undefined }
    },

    async miss(key: string): Promise<Miss> {
      const now = incarnation.now()
      const lease_id = v4()
      const keys = [leaseOf(key), tombstoneOf(key), born] as const
      const [leased, mark] = await redis.cacheMiss(
        ...keys,
        lease_id,
        leaseMs,
        incarnation.run(),
        youngMs
      )
      const [epoch, lsn] = mark.split(':')
      // The LSN of another epoch is a position in another log.
      const floor = mark === '' ? noLsn : epoch === incarnation.epoch() ? lsn! : 'unknown'
      return { lease_id: leased ? lease_id : undefined, floor, mark, incarnation: now }
    },

    /** Whether the value was stored: a change, a flush or time may have ended the lease. */
    async fill(
      key: string,
      { incarnation: read_in }: Miss,
      lease_id: string,
      body: string,
      ttl_ms: number
    ) {
      const value = `${read_in}:${body}`
      return (await redis.cacheFill(key, leaseOf(key), lease_id, value, ttl_ms)) === 1
    },

    async forget(keys: string[], lsn: Lsn) {
      const triples = keys.flatMap((key) => [key, leaseOf(key), tombstoneOf(key)])
      const change = `${incarnation.epoch()}:${lsn}`
      await redis.cacheInvalidate(triples.length, ...triples, change, v4(), tombstoneMs)
    }
  }
}
