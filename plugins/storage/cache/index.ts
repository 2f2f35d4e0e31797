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

/** Reads from the reader it is given; undefined: there is none. */
export type Load = (reader: Reader) => Promise<string | undefined>

export type Cached = { body: string | undefined; state: CacheState }

export type Cache = {
  /**
   * Cache-aside. `load` answers the serialized body, or undefined for "there is none" (remembered for 30 s).
   * Concurrent misses of a key on a node share one load, and other nodes wait a moment for its fill. Without Redis every
   * read is a load from the primary.
   */
  read: (key: string, ttl_ms: number, load: Load) => Promise<Cached>
  /** The same for a listing of products: `products:{generation}:{query}`. */
  readListing: (query: string, ttl_ms: number, load: Load) => Promise<Cached>
  /**
   * After a commit: these keys and all listings are stale, for everybody and at once. Tries for some seconds, and never
   * throws: should Redis stay away, the outbox tells it when it is back.
   */
  invalidate: (...keys: string[]) => Promise<void>
  /** After a commit that changes nothing but whether there is stock. Tries once, never throws. */
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

const absentMs = 30_000
/** How long a change is insisted on before it is answered. */
const insistMs = 4000
/** How long another node's fill is waited for. */
const fillMs = 150

export default fp(
  async (fastify) => {
    const { db, epoch, log, metrics, readAt, redis } = fastify
    const life = await followIncarnation(redis, epoch, log)
    const entries = openEntries(redis, life)
    const generation = openGeneration(redis, life, () => currentLsn(db))
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
        // Nobody can tell what was written just now: the primary knows.
        return { body: await readAt('unknown', load), state: 'miss' }
      }

      const { lease_id, floor, mark } = miss
      let result: 'joined' | 'filled' | 'miss' = 'joined'
      // A load that began before a change had another mark: who comes after the change does not join it.
      const body = await loads(`${key} ${mark}`, async () => {
        const filled = lease_id === undefined && (await fillOf(key))
        result = filled ? 'filled' : 'miss'
        if (filled) return filled.body
        return readAt(floor === 'unknown' ? floor : later(floor, least), load)
      })
      counted.read(key, result)
      if (lease_id !== undefined) {
        const ttl_left_ms = jitter(body === undefined ? absentMs : ttl_ms)
        const stored = entries.fill(key, lease_id, miss.life, body ?? '', ttl_left_ms)
        counted.fill(key, await stored.catch(() => false))
      }
      return { body, state: 'miss' }
    }

    /** What another node makes of its lease, if that does not take long. */
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
        // Under no generation nothing could end it.
        if (!now) return { body: await readAt('unknown', load), state: 'miss' }
        return read(`products:${now.name}:${query}`, ttl_ms, load, now.lsn)
      },

      async invalidate(...keys) {
        for (const end = performance.now() + insistMs; ; await sleep(100)) {
          try {
            return await forgetAll(keys)
          } catch (err) {
            if (performance.now() < end) continue
            return log.error({ err, keys }, 'the cache was not told of a change')
          }
        }
      },

      async invalidateListings() {
        await generation
          .renew()
          .catch((err: unknown) => log.error({ err }, 'the listings were not told of a change'))
      }
    } satisfies Cache)
  },
  { name: 'cache', dependencies: ['metrics', 'postgres', 'read-routing', 'redis'] }
)

/** Ten per cent less to ten per cent more, so that what was filled together does not expire together. */
const jitter = (ms: number) => Math.round(ms * (0.9 + Math.random() * 0.2))
