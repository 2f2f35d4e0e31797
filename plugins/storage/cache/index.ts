import { setTimeout as sleep } from 'node:timers/promises'
import fp from 'fastify-plugin'
import type { Reader } from '../../../sql/types.ts'
import { currentLsn, later, noLsn, type Lsn } from '../lsn.ts'
import { singleFlight } from '../../lib/single-flight.ts'
import { openEntries } from './entries.ts'
import { openGeneration } from './generation.ts'
import { followIncarnation } from './incarnation.ts'
import { openMetrics } from './metrics.ts'

export type CacheState = 'hit' | 'miss'

/** Reads the serialized body from this database; undefined: there is no such row. */
export type Load = (reader: Reader) => Promise<string | undefined>

export type Cached = { body: string | undefined; state: CacheState }

export type Cache = {
  /**
   * Cache-aside. `load` answers the serialized body, or undefined when there is no such row, which is cached for 30 s.
   * Concurrent misses of a key on a node share one load, and other nodes wait a moment for its fill. While Redis is
   * unreachable, every read is a load from the primary.
   */
  read: (key: string, ttl_ms: number, load: Load) => Promise<Cached>
  /**
   * As `read`, for a listing of products: `products:{generation}:{query}`. All listings together take 50 MB at most: those
   * that end soonest leave first. undefined instead of a query: it is not worth keeping, so it is read and not stored.
   */
  readListing: (query: string | undefined, ttl_ms: number, load: Load) => Promise<Cached>
  /**
   * After a commit: no reader on any node gets these keys or any listing as they were. Tries for some seconds and never
   * throws: if Redis stays unreachable, the outbox invalidates them once it is back.
   */
  invalidate: (...keys: string[]) => Promise<void>
  /** After a commit that only changes which products are in stock. Tries once and never throws. */
  invalidateListings: () => Promise<void>
  /** As the two above, but they throw when Redis is unreachable, so that the outbox retries. */
  forget: (...keys: string[]) => Promise<void>
  forgetListings: () => Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Serialized catalog bodies in Redis. */
    cache: Cache
  }
}

const absentMs = 30_000
/** How long an invalidation is retried before the change is answered. */
const insistMs = 4000
/** How long a reader waits for the fill of another node. */
const fillMs = 150

export default fp(
  async (fastify) => {
    const { cacheRedis: redis, db, epoch, log, metrics, readAt } = fastify
    const incarnation = await followIncarnation(redis, epoch, log)
    const entries = openEntries(redis, incarnation)
    const generation = openGeneration(redis, incarnation, () => currentLsn(db))
    const counted = openMetrics(metrics.registry)
    const loads = singleFlight<string | undefined>()

    async function read(
      key: string,
      ttl_ms: number,
      load: Load,
      least: Lsn = noLsn
    ): Promise<Cached> {
      const hit = await entries.find(key).catch(() => undefined)
      if (hit) {
        counted.read(key, 'hit')
        return { body: hit.body, state: 'hit' }
      }
      const miss = await entries.miss(key).catch(() => undefined)
      if (!miss) {
        counted.read(key, 'away')
        // Without the tombstones only the primary is sure to have the newest change.
        return { body: await readAt('unknown', load), state: 'miss' }
      }

      const { lease_id, floor, mark } = miss
      let result: 'joined' | 'filled' | 'miss' = 'joined'
      // A load that began before a change had another mark: a reader after the change does not join it.
      const body = await loads(`${key} ${mark}`, async () => {
        const filled = lease_id === undefined && (await fillOf(key))
        result = filled ? 'filled' : 'miss'
        if (filled) return filled.body
        return readAt(floor === 'unknown' ? floor : later(floor, least), load)
      })
      counted.read(key, result)
      if (lease_id !== undefined) {
        const ttl_left_ms = jitter(body === undefined ? absentMs : ttl_ms)
        const stored = entries.fill(key, miss, lease_id, body ?? '', ttl_left_ms)
        counted.fill(key, await stored.catch(() => false))
      }
      return { body, state: 'miss' }
    }

    /** The value that another node fills, if that does not take long. */
    async function fillOf(key: string) {
      for (const end = performance.now() + fillMs; performance.now() < end; await sleep(10)) {
        const filled = await entries.find(key).catch(() => undefined)
        if (filled) return filled
      }
      return undefined
    }

    async function forgetAll(keys: string[]) {
      const lsn = await currentLsn(db)
      await Promise.all([entries.forget(keys, lsn), generation.renew(lsn)])
    }

    fastify.decorate('cache', {
      read,
      forget: async (...keys) => entries.forget(keys, await currentLsn(db)),
      forgetListings: async () => void (await generation.renew()),

      async readListing(query, ttl_ms, load) {
        const now = await generation.current().catch(() => undefined)
        // A listing that is cached under no generation could not be invalidated.
        if (!now) return { body: await readAt('unknown', load), state: 'miss' }
        if (query === undefined) {
          counted.read('products:', 'miss')
          return { body: await readAt(now.lsn, load), state: 'miss' }
        }
        return read(`products:${now.name}:${query}`, ttl_ms, load, now.lsn)
      },

      async invalidate(...keys) {
        for (const end = performance.now() + insistMs; ; await sleep(100)) {
          try {
            return await forgetAll(keys)
          } catch (err) {
            if (performance.now() < end) continue
            return log.error({ err, keys }, 'the cache was not invalidated after a change')
          }
        }
      },

      async invalidateListings() {
        await generation
          .renew()
          .catch((err: unknown) =>
            log.error({ err }, 'the cached listings were not invalidated after a change')
          )
      }
    } satisfies Cache)
  },
  { name: 'cache', dependencies: ['metrics', 'postgres', 'read-routing', 'redis'] }
)

/** Ten per cent less to ten per cent more, so that values that were filled together do not expire together. */
const jitter = (ms: number) => Math.round(ms * (0.9 + Math.random() * 0.2))
