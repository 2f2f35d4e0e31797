import fp from 'fastify-plugin'
import type { Result } from 'ioredis'
import { script } from '../../lib/script.ts'
import { customerOf } from '../../lib/customer-address.ts'
import { findPending } from './queries.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** note.lua */
    pendingOrdersCount(
      key: string,
      order_id: string,
      ms: number,
      most: number
    ): Result<number, Context>
    /** crowd.lua */
    pendingOrdersList(key: string, most: number): Result<string[], Context>
  }
}

export type PendingOrderLimit = {
  /** Whether this address has as many orders in doubt as it may have. Never throws. */
  isExceeded: (ip: string) => Promise<boolean>
  /** The outcome of this order's payment is unknown, and it holds stock. Never throws. */
  count: (ip: string, order_id: string) => Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Orders whose payment was left in doubt, by the address they came from: who leaves too many keeps stock from others.
     * Soft: it forgets with Redis, and what is being paid right now does not count.
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

    /** Whoever ends a doubt does not know where it came from: once there seem to be too many, the primary is asked. */
    async function isCrowded(key: string): Promise<boolean> {
      const noted = await redis.pendingOrdersList(key, most)
      if (noted.length === 0) return false
      const pending = new Set(await findPending(db, noted))
      const ended = noted.filter((id) => !pending.has(id))
      if (ended.length > 0) await redis.zrem(key, ...ended)
      return pending.size >= most
    }

    fastify.decorate('pendingOrderLimit', {
      async isExceeded(ip) {
        if (most === 0) return false
        return isCrowded(keyOf(ip)).catch((err: unknown) => {
          log.warn({ err }, 'the orders in doubt were not counted')
          return false
        })
      },

      async count(ip, order_id) {
        if (most === 0) return
        await redis
          .pendingOrdersCount(keyOf(ip), order_id, ttlMs, mostKept)
          .catch((err: unknown) => log.warn({ err, order_id }, 'an order in doubt was not noted'))
      }
    } satisfies PendingOrderLimit)
  },
  { name: 'pending-order-limit', dependencies: ['config', 'postgres', 'redis'] }
)

const keyOf = (ip: string) => `doubts:${customerOf(ip)}`
