import { setTimeout as sleep } from 'node:timers/promises'
import fp from 'fastify-plugin'
import { currentLsn } from '../lsn.ts'
import type { Cached, Load } from './cached.ts'
import { openEntries } from './entries.ts'
import { openGeneration } from './generation.ts'
import { followIncarnation } from './incarnation.ts'
import { openCopies } from './copies.ts'
import { listingKey, listingName } from './keys.ts'
import { openMetrics } from './metrics.ts'
import { missOf, openMisses, type Place } from './misses.ts'
import type { Text } from './text.ts'

export type { Cached, CacheState, Load } from './cached.ts'

export type Cache = {
  /**
   * Cache-aside. `load` answers the JSON text, or undefined when there is no such row, which is cached for 30 s.
   * Concurrent misses of a key on a node share one load, and other nodes wait a moment for its fill. While Redis is
   * unreachable, every read is a load from the primary.
   *
   * A node keeps copies of the texts that it has read (16 MB), and asks Redis at each read whether a copy is still right. If it
   * is, the same object is answered as before. `allowed`: what a load has to wait for; where it rejects, the read does.
   */
  read: (key: string, ttl_ms: number, load: Load, allowed?: Promise<void>) => Promise<Cached>
  /**
   * As `read`, for a listing of products: `products:{generation}:{query}`. All listings together take 50 MB at most: those
   * that end soonest leave first. undefined instead of a query: it is not worth keeping, so it is read and not stored.
   */
  readListing: (
    query: string | undefined,
    ttl_ms: number,
    load: Load,
    allowed?: Promise<void>
  ) => Promise<Cached>
  /**
   * The node's copy of the text of this key, or of `listingName(query)`. Only a read says whether it is still right. It says
   * early what else an answer will need.
   */
  copyOf: (name: string) => Text | undefined
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

/** How long an invalidation is retried before the change is answered. */
const insistMs = 4000
/** For the copies, and for the bodies that are made of them. */
const copiesBytes = 16_000_000

export default fp(
  async (fastify) => {
    const { cacheRedis: redis, db, epoch, log, metrics, questions, readAt } = fastify
    const incarnation = await followIncarnation(redis, epoch, log)
    const entries = openEntries(redis, questions, incarnation)
    const generation = openGeneration(redis, questions, incarnation, () => currentLsn(db))
    const copies = openCopies(copiesBytes)
    const counted = openMetrics(metrics.registry, copies.bytes)
    const loadMissing = openMisses({ counted, entries, find, copies, readAt })

    async function find({ name, key }: Place) {
      const found = await entries.find(key, copies.get(name))
      if (found?.text && found.text !== copies.get(name)?.text)
        copies.keep(name, { key, text: found.text })
      return found
    }

    /** Reads a listing that is not worth keeping. */
    async function readAtGeneration(load: Load): Promise<Cached> {
      const now = await generation.current().catch(() => undefined)
      if (now) counted.read('products:', 'miss')
      return missOf(await readAt(now?.lsn ?? 'unknown', load))
    }

    async function forgetAll(keys: string[]) {
      const lsn = await currentLsn(db)
      await Promise.all([entries.forget(keys, lsn), generation.renew(lsn)])
    }

    fastify.decorate('cache', {
      async read(key, ttl_ms, load, allowed) {
        const place = { name: key, key }
        const hit = await find(place).catch(() => undefined)
        if (!hit) {
          await allowed
          return loadMissing(place, ttl_ms, load)
        }
        counted.read(key, 'hit')
        return { text: hit.text, state: 'hit' }
      },

      async readListing(query, ttl_ms, load, allowed) {
        if (query === undefined) {
          await allowed
          return readAtGeneration(load)
        }
        const name = listingName(query)
        // Under the generation that the node saw last: one trip to Redis, unless another one has begun.
        const last = copies.get(name)?.key
        const [now, early] = await Promise.all([
          generation.current().catch(() => undefined),
          last === undefined ? undefined : find({ name, key: last }).catch(() => undefined)
        ])
        const place = now && { name, key: listingKey(now.name, query) }
        const isLast = place?.key === last
        const hit = place && (isLast ? early : await find(place).catch(() => undefined))
        if (!hit) await allowed
        // A listing that is cached under no generation could not be invalidated.
        if (!place) return missOf(await readAt('unknown', load))
        if (!hit) return loadMissing(place, ttl_ms, load, now.lsn)
        counted.read(name, 'hit')
        return { text: hit.text, state: 'hit' }
      },

      copyOf: (name) => copies.get(name)?.text,
      forget: async (...keys) => entries.forget(keys, await currentLsn(db)),
      forgetListings: async () => void (await generation.renew()),

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
  { name: 'cache', dependencies: ['metrics', 'postgres', 'questions', 'read-routing', 'redis'] }
)
