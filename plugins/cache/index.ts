import fp from 'fastify-plugin'
import type { Result } from 'ioredis'
import { v4 } from 'uuid'
import type { Reader } from '../../sql/types.ts'
import { noLsn } from '../lsn.ts'
import { script } from '../lua.ts'
import { singleFlight } from '../single-flight.ts'
import { openGeneration } from './generation.ts'

export type CacheState = 'hit' | 'miss'

/** Reads from the reader it is given; undefined: there is none. */
export type Load = (reader: Reader) => Promise<string | undefined>

export type Cached = { body: string | undefined; state: CacheState }

export type Cache = {
  /**
   * Cache-aside. `load` answers the serialized body, or undefined for "there is none" (remembered for 30 s).
   * Concurrent misses of a key on a node share one load. Without Redis every read is a load.
   */
  read: (key: string, ttl_ms: number, load: Load) => Promise<Cached>
  /** The same for a listing of products: `products:{generation}:{query}`. */
  readListing: (query: string, ttl_ms: number, load: Load) => Promise<Cached>
  /** After a commit: these keys are stale. Their next fill reads the primary. Never throws. */
  invalidate: (...keys: string[]) => Promise<void>
  /** After a commit that changes what listings show: all of them are stale. Never throws. */
  invalidateListings: () => Promise<void>
  /** The two of them for whoever tries again: they throw while Redis is away. */
  forget: (...keys: string[]) => Promise<void>
  forgetListings: () => Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Serialized catalog bodies in Redis. */
    cache: Cache
  }
}

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** miss.lua */
    cacheMiss(
      lease: string,
      written: string,
      born: string,
      lease_id: string,
      lease_ms: number,
      written_ms: number
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

const leaseMs = 10_000
const absentMs = 30_000
/** Replicas are taken to have a change after this long. */
const writtenMs = 5000

/** When this Redis began to remember. */
const born = 'cache:born'

/** Names that no client can ask for as a product. */
const leaseOf = (key: string) => `lease:${key}`
const markOf = (key: string) => `written:${key}`

export default fp(
  async (fastify) => {
    const { db, epoch, log, readAt, redis } = fastify
    redis.defineCommand('cacheMiss', { numberOfKeys: 3, lua: script(import.meta, 'miss.lua') })
    redis.defineCommand('cacheFill', { numberOfKeys: 2, lua: script(import.meta, 'fill.lua') })
    redis.defineCommand('cacheInvalidate', { lua: script(import.meta, 'invalidate.lua') })
    const loads = singleFlight<string | undefined>()

    const generation = openGeneration(redis, db, epoch, writtenMs)

    // An empty memory begins with the first node, not with the first reader.
    await redis
      .time()
      .then(([seconds]) => redis.set(born, Number(seconds) * 1000, 'NX'))
      .catch((err: unknown) => log.warn({ err }, 'the cache starts without Redis'))

    async function read(key: string, ttl_ms: number, load: Load, written = false): Promise<Cached> {
      const hit = await redis.get(key).catch(() => null)
      if (hit?.startsWith(epoch())) {
        return { body: hit.slice(epoch().length) || undefined, state: 'hit' }
      }

      const lease_id = v4()
      // Without Redis nobody can tell what was written just now: the primary knows, and nobody joins an older load.
      const [leased, mark] = await redis
        .cacheMiss(leaseOf(key), markOf(key), born, lease_id, leaseMs, writtenMs)
        .catch((): [number, string] => [0, lease_id])
      // A load that began before a change has another mark: who comes after the change does not join it.
      const body = await loads(`${key} ${mark}`, () =>
        written || mark ? load(db) : readAt(noLsn, load)
      )
      if (leased) {
        const ttl = jitter(body === undefined ? absentMs : ttl_ms)
        // Of another life of the database it is a miss. No body at all stands for "there is none".
        const value = epoch() + (body ?? '')
        await redis.cacheFill(key, leaseOf(key), lease_id, value, ttl).catch(() => 0)
      }
      return { body, state: 'miss' }
    }

    async function forget(...keys: string[]) {
      const triples = keys.flatMap((key) => [key, leaseOf(key), markOf(key)])
      await redis.cacheInvalidate(triples.length, ...triples, v4(), writtenMs)
    }

    async function forgetListings() {
      await generation.renew()
    }

    fastify.decorate('cache', {
      read,
      forget,
      forgetListings,

      async readListing(query, ttl_ms, load) {
        const now = await generation.current().catch(() => undefined)
        // Under no generation nothing could end it.
        if (!now) return { body: await load(db), state: 'miss' }
        return read(`products:${now.name}:${query}`, ttl_ms, load, now.written)
      },

      async invalidate(...keys) {
        await forget(...keys).catch((err: unknown) =>
          log.error({ err, keys }, 'the cache was not told of a change')
        )
      },

      async invalidateListings() {
        await forgetListings().catch((err: unknown) =>
          log.error({ err }, 'the listings were not told of a change')
        )
      }
    } satisfies Cache)
  },
  { name: 'cache', dependencies: ['postgres', 'reads', 'redis'] }
)

/** Ten per cent less to ten per cent more, so that what was filled together does not expire together. */
const jitter = (ms: number) => Math.round(ms * (0.9 + Math.random() * 0.2))
