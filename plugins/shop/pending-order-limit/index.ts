import fp from 'fastify-plugin'
import type { Result } from 'ioredis'
import { script } from '../../lib/script.ts'
import { clientNetworkOf } from '../../lib/client-network.ts'
import { findPending } from './queries.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** count.lua */
    pendingOrdersCount(
      key: string,
      order_id: string,
      ms: number,
      most: number
    ): Result<number, Context>
    /** list.lua */
    pendingOrdersList(key: string, most: number): Result<string[], Context>
  }
}

export type PendingOrderLimit = {
  /** The pending orders of this address if it has as many as it may have, else none. Never throws. */
  findExcess: (ip: string) => Promise<string[]>
  /** Counts an order whose payment has an unknown outcome: it holds stock. Never throws. */
  count: (ip: string, order_id: string) => Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Limits the pending orders of a client address: a client with many of them keeps stock from others. Soft: the counts
     * are lost with Redis, and an order counts only once its payment has an unknown outcome.
     */
    pendingOrderLimit: PendingOrderLimit
  }
}

const mostKept = 1000

export default fp(
  async (fastify) => {
    const { config, db, log, redis } = fastify
    const most = config.PENDING_ORDERS_PER_IP
    const ttlMs = config.RESERVATION_TTL_SECONDS * 1000
    redis.defineCommand('pendingOrdersCount', {
      numberOfKeys: 1,
      lua: script(import.meta, 'count.lua')
    })
    redis.defineCommand('pendingOrdersList', {
      numberOfKeys: 1,
      lua: script(import.meta, 'list.lua')
    })

    /** Resolving an order does not know its client's address, so the counts are corrected here, by the primary. */
    async function findFull(key: string): Promise<string[]> {
      const counted = await redis.pendingOrdersList(key, most)
      if (counted.length === 0) return []
      const pending = await findPending(db, counted)
      const ended = counted.filter((id) => !pending.includes(id))
      if (ended.length > 0) await redis.zrem(key, ...ended)
      return pending.length >= most ? pending : []
    }

    fastify.decorate('pendingOrderLimit', {
      async findExcess(ip) {
        if (most === 0) return []
        return findFull(keyOf(ip)).catch((err: unknown) => {
          log.warn({ err }, 'the pending order limit was not checked, the checkout goes on')
          return []
        })
      },

      async count(ip, order_id) {
        if (most === 0) return
        await redis
          .pendingOrdersCount(keyOf(ip), order_id, ttlMs, mostKept)
          .catch((err: unknown) => log.warn({ err, order_id }, 'a pending order was not counted'))
      }
    } satisfies PendingOrderLimit)
  },
  { name: 'pending-order-limit', dependencies: ['config', 'postgres', 'redis'] }
)

/** Old prefix, kept because nodes of the last release use the same keys. */
const keyOf = (ip: string) => `doubts:${clientNetworkOf(ip)}`
