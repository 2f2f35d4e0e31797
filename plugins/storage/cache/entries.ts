import type { Redis, Result } from 'ioredis'
import { v4 } from 'uuid'
import { noLsn, type Lsn } from '../lsn.ts'
import { script } from '../../lib/script.ts'
import { openLosses } from '../losses.ts'
import type { Questions } from '../questions/index.ts'
import type { Incarnation } from './incarnation.ts'
import { newTag, valueFinder, valueOf } from './value.ts'

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
    ): Result<[leased: number, tombstone: string, dropped: string], Context>
    /** fill.lua */
    cacheFill(
      key: string,
      lease: string,
      lease_id: string,
      value: string,
      ttl: number
    ): Result<number, Context>
    /** fill-listing.lua */
    cacheFillListing(
      key: string,
      lease: string,
      kept: string,
      bytes: string,
      lease_id: string,
      value: string,
      ttl: number,
      most_bytes: number
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
/** All listings together, on all nodes. Their queries are the clients', so there can be any number of them. */
const mostListingBytes = 50_000_000

/** The key with the time at which Redis was last found empty or restarted. */
const born = 'cache:born'
/** Which listings are kept, by when they end, and how many bytes they take. */
const listings = ['products:kept', 'products:kept-bytes'] as const

/** Slugs cannot contain ':', so these keys never collide with product keys. */
const leaseOf = (key: string) => `lease:${key}`
const tombstoneOf = (key: string) => `tombstone:${key}`
const isListing = (key: string) => key.startsWith('products:')

/** Values, leases and tombstones in Redis. Every function here throws while Redis is unreachable. */
export function openEntries(redis: Redis, questions: Questions, incarnation: Incarnation) {
  redis.defineCommand('cacheMiss', { numberOfKeys: 3, lua: script(import.meta, 'miss.lua') })
  redis.defineCommand('cacheFill', { numberOfKeys: 2, lua: script(import.meta, 'fill.lua') })
  redis.defineCommand('cacheFillListing', {
    numberOfKeys: 4,
    lua: script(import.meta, 'fill-listing.lua')
  })
  redis.defineCommand('cacheInvalidate', { lua: script(import.meta, 'invalidate.lua') })

  const losses = openLosses(tombstoneMs)

  return {
    find: valueFinder(redis, questions, incarnation),

    async miss(key: string): Promise<Miss> {
      const now = incarnation.now()
      const lease_id = v4()
      const keys = [leaseOf(key), tombstoneOf(key), born] as const
      const [leased, tombstone, dropped] = await redis.cacheMiss(
        ...keys,
        lease_id,
        leaseMs,
        incarnation.run(),
        youngMs
      )
      losses.note(dropped)
      // A listing has no tombstone: the change that began its generation says how new its source must be.
      const mark = losses.lately() && !isListing(key) ? `young:${tombstone}` : tombstone
      const [epoch, lsn] = mark.split(':')
      // The LSN of another epoch is a position in another log.
      const floor = mark === '' ? noLsn : epoch === incarnation.epoch() ? lsn! : 'unknown'
      return { lease_id: leased ? lease_id : undefined, floor, mark, incarnation: now }
    },

    /** The tag of the value that was stored; undefined: it was not, since a change, a flush or time has ended the lease. */
    async fill(
      key: string,
      { incarnation: read_in }: Miss,
      lease_id: string,
      json: string,
      ttl_ms: number
    ): Promise<string | undefined> {
      const tag = newTag()
      const value = valueOf(read_in, tag, json)
      const to = [key, leaseOf(key)] as const
      const stored = isListing(key)
        ? redis.cacheFillListing(...to, ...listings, lease_id, value, ttl_ms, mostListingBytes)
        : redis.cacheFill(...to, lease_id, value, ttl_ms)
      return (await stored) === 1 ? tag : undefined
    },

    async forget(keys: string[], lsn: Lsn) {
      const triples = keys.flatMap((key) => [key, leaseOf(key), tombstoneOf(key)])
      const change = `${incarnation.epoch()}:${lsn}`
      await redis.cacheInvalidate(triples.length, ...triples, change, v4(), tombstoneMs)
    }
  }
}
