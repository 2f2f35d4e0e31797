import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Result } from 'ioredis'
import { detailed, TooManyUnpaidOrders } from '../../kernel/errors/problems.ts'
import { sha256 } from '../../lib/canonical.ts'
import { clientNetworkOf } from '../../lib/client-network.ts'
import { script } from '../../lib/script.ts'
import { findEnds, type End } from './queries.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** count.lua */
    unpaidOrdersCount(
      orders: string,
      pause: string,
      order_id: string,
      ms: number,
      most: number,
      pause_ms: number
    ): Result<number, Context>
    /** list.lua */
    unpaidOrdersList(orders: string, most: number, ms: number): Result<string[], Context>
  }
}

/** Who places an order: a session, and the address that it comes from. */
export type Client = { ip: string; session: string }

export type UnpaidOrderLimit = {
  /**
   * Called before an order is placed.
   * @returns a function to call when the order was not placed
   * @throws TooManyUnpaidOrders
   */
  enter: (client: Client, order_id: string) => Promise<() => Promise<void>>
  /** Remembers an order that was placed, paid or not: whether it stays paid is known later. Never throws. */
  count: (client: Client, order_id: string) => Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Slows down a session or an address whose orders are cancelled: they keep stock from others. After UNPAID_ORDERS of them
     * in ten minutes it may place one order a minute, until it pays one. An order that was paid and is cancelled counts too, and
     * forgives nothing any more. Soft: without Redis nothing is counted.
     */
    unpaidOrderLimit: UnpaidOrderLimit
  }
}

const windowMs = 10 * 60_000
const pauseMs = 60_000
const mostKept = 100

export default fp(
  async (fastify) => {
    const { config, log, redis } = fastify
    const { RATE_LIMIT_API, RATE_LIMIT_CHECKOUT, UNPAID_ORDERS } = config
    const isOff = UNPAID_ORDERS === 0 || RATE_LIMIT_CHECKOUT === 0 || RATE_LIMIT_API === 0
    redis.defineCommand('unpaidOrdersCount', {
      numberOfKeys: 2,
      lua: script(import.meta, 'count.lua')
    })
    redis.defineCommand('unpaidOrdersList', {
      numberOfKeys: 1,
      lua: script(import.meta, 'list.lua')
    })

    const warn = (what: string) => (err: unknown) => void log.warn({ err }, what)

    fastify.decorate('unpaidOrderLimit', {
      async enter(client, order_id) {
        if (isOff) return async () => {}
        const keys = keysOf(client)
        const waits = await Promise.all(keys.map((key) => msToWait(fastify, key, order_id))).catch(
          (err: unknown) => {
            log.warn({ err }, 'unpaid orders were not counted, the checkout goes on')
            return []
          }
        )
        const leave = () => giveBack(keys, order_id)
        const ms = Math.max(0, ...waits)
        if (ms === 0) return leave
        await leave()
        const headers = { 'retry-after': Math.ceil(ms / 1000) }
        throw detailed(new TooManyUnpaidOrders(), { headers })
      },

      async count(client, order_id) {
        if (isOff) return
        const counted = keysOf(client).map(({ orders, pause }) =>
          redis.unpaidOrdersCount(orders, pause, order_id, windowMs, mostKept, pauseMs)
        )
        await Promise.all(counted).catch(warn('an order was not counted'))
      }
    } satisfies UnpaidOrderLimit)

    /** Ends the pauses that began with this order. */
    async function giveBack(keys: Keys[], order_id: string) {
      const pauses = keys.map(async ({ pause }) => {
        if ((await redis.get(pause)) === order_id) await redis.unlink(pause)
      })
      await Promise.all(pauses).catch(warn('a pause after unpaid orders goes on'))
    }
  },
  { name: 'unpaid-order-limit', dependencies: ['config', 'postgres', 'redis'] }
)

type Parts = Pick<FastifyInstance, 'config' | 'db' | 'redis'>

/** How many ms a client has to wait; 0: it may place the order, and if it has too many unpaid ones its next pause begins. */
async function msToWait(parts: Parts, { orders, pause }: Keys, order_id: string): Promise<number> {
  if (!(await hasTooMany(parts, orders))) return 0
  const isFree = await parts.redis.set(pause, order_id, 'PX', pauseMs, 'NX')
  return isFree ? 0 : Math.max(await parts.redis.pttl(pause), 1)
}

/** Whether too many orders are cancelled since the last one that is paid. */
async function hasTooMany({ config, db, redis }: Parts, orders: string): Promise<boolean> {
  const most = config.UNPAID_ORDERS
  const counted = await redis.unpaidOrdersList(orders, most, windowMs)
  if (counted.length === 0) return false
  const ends = new Map((await findEnds(db, { order_ids: counted })).map((end) => [end.id, end]))
  const paid = counted.findLastIndex((id) => isPaid(ends.get(id)))
  return counted.slice(paid + 1).filter((id) => isCancelled(ends.get(id))).length >= most
}

/** An order of nothing is no payment, and one that is cancelled gets its money back. */
const isPaid = (end: End | undefined) =>
  Boolean(end?.confirmed_at && end.total > 0 && !isCancelled(end))

/** Whatever ended it: declined, closed, expired, or cancelled before or after it was paid. */
const isCancelled = (end: End | undefined) => end?.status === 'cancelled'

type Keys = { orders: string; pause: string }

/** The braces keep both keys of a client in one slot of Redis Cluster. */
const keysOf = ({ ip, session }: Client): Keys[] =>
  [`ip:${clientNetworkOf(ip)}`, `session:${sha256(session).toString('base64url')}`].map(
    (client) => ({ orders: `unpaid:{${client}}`, pause: `unpaid_pause:{${client}}` })
  )
