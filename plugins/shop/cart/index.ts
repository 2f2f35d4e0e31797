import fp from 'fastify-plugin'
import type { Result } from 'ioredis'
import { CartUnavailable, detailed } from '../../kernel/errors/problems.ts'
import { sha256 } from '../../lib/canonical.ts'
import { newId } from '../../lib/ids.ts'
import { script } from '../../lib/script.ts'
import { inventoryKey } from '../reservation/keys.ts'
import type { Line } from '../reservation/index.ts'
import {
  argsOf,
  parseReply,
  type CartChange,
  type ChangeAnswer,
  type ChangeReply,
  type Once
} from './change.ts'
import { openRecent } from './recent.ts'
import { parseCart, type CartReply, type StoredCart } from './stored.ts'

export type { CartChange } from './change.ts'
export type { StoredCart } from './stored.ts'

/** `session` is the hash of the session's id. Every verb throws CartUnavailable when Redis is unreachable. */
export type Carts = {
  /** Products that the cart had when this node last saw it: a guess, without a question to Redis. */
  recall: (session: string) => string[]
  /** The cart, with what the stock gate knows of these products. */
  read: (session: string, product_ids?: string[]) => Promise<StoredCart | undefined>
  /** All lines of the change or none. The cart comes with what the gate knows of the lines and of these products. */
  change: (session: string, change: CartChange, product_ids?: string[]) => Promise<ChangeAnswer>
  drop: (session: string) => Promise<void>
  /** Takes an order's lines out of the cart it came from, once. */
  clear: (session: string, cart_id: string, lines: Line[]) => Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Guest carts, in the Redis of the stock gate: products and units, never prices. Kept 7 days after the last change. */
    carts: Carts
    /** A hook of the routes that read the session's cart: takes over a cart that the last release kept under the session's id. */
    adoptOldCart: (request: FastifyRequest) => Promise<void>
  }
}

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** read.lua */
    cartRead(keys: number, ...args: string[]): Result<CartReply, Context>
    /** change.lua */
    cartChange(keys: number, ...args: (string | number)[]): Result<ChangeReply, Context>
    /** clear.lua */
    cartClear(key: string, ...args: (string | number)[]): Result<number, Context>
  }
}

const dayMs = 24 * 60 * 60 * 1000
const ttlMs = 7 * dayMs

/** Lines of carts whose products a node remembers: some MB. */
const mostRecent = 20_000

export default fp(
  async (fastify) => {
    const { config, epoch, redis } = fastify
    const shown = script(import.meta, 'show.lua')
    redis.defineCommand('cartRead', { lua: shown + script(import.meta, 'read.lua') })
    redis.defineCommand('cartChange', { lua: shown + script(import.meta, 'change.lua') })
    redis.defineCommand('cartClear', { numberOfKeys: 1, lua: script(import.meta, 'clear.lua') })
    const recent = openRecent(mostRecent)

    function note(session: string, cart: StoredCart | undefined) {
      recent.note(session, cart?.lines.map(({ product_id }) => product_id) ?? [])
      return cart
    }

    fastify.decorate('carts', {
      recall: recent.of,

      async read(session, product_ids = []) {
        const keys = [keyOf(session), ...product_ids.map(inventoryKey)]
        const reply = await reach(redis.cartRead(keys.length, ...keys, epoch()))
        return note(session, parseCart(reply, product_ids))
      },

      async change(session, change, product_ids = []) {
        const { lines, once } = change
        const ids = lines.map(({ product_id }) => product_id)
        const asked = [...ids, ...product_ids.filter((id) => !ids.includes(id))]
        const named = once ? [keyOf(session), onceKeyOf(session, once)] : [keyOf(session)]
        const keys = [...named, ...asked.map(inventoryKey)]
        const args = argsOf(change, ttlMs, epoch())
        const reply = await reach(redis.cartChange(keys.length, ...keys, ...args))
        const answer = parseReply(reply, asked)
        if ('cart' in answer) note(session, answer.cart)
        return answer
      },

      async drop(session) {
        await reach(redis.unlink(keyOf(session)))
      },

      async clear(session, cart_id, lines) {
        const args = lines.flatMap(({ product_id, quantity }) => [product_id, quantity])
        await reach(redis.cartClear(keyOf(session), cart_id, newId(), ttlMs, ...args))
      }
    } satisfies Carts)

    fastify.decorate('adoptOldCart', async (request) => {
      const id = fastify.oldSessionOf(request)
      if (id === undefined || !request.session) return
      // Not awaited: Redis takes the commands of a connection in their order. Nothing to adopt is an error of RENAMENX, and while
      // Redis is unreachable the route says so itself.
      redis.renamenx(oldKeyOf(id), keyOf(request.session)).catch(() => 0)
    })

    /** In Redis Cluster the braces put it into the slot of its cart, whose whole name counts there. */
    const onceKeyOf = (session: string, { key }: Once) =>
      `cart_key:{${config.REDIS_PREFIX}${keyOf(session)}}:${sha256(key).toString('base64url')}`
  },
  { name: 'cart', dependencies: ['config', 'postgres', 'redis', 'session'] }
)

/** Every error of Redis becomes the same problem for the client. */
const reach = <T>(work: Promise<T>) =>
  work.catch((cause: unknown) => {
    const unavailable = detailed(new CartUnavailable(), { headers: { 'retry-after': 5 } })
    throw Object.assign(unavailable, { cause })
  })

/** A hash may have the form of an id: under an old name a client that knows a hash would find the cart of the session. */
const keyOf = (session: string) => `cart:hash:${session}`
const oldKeyOf = (id: string) => `cart:${id}`
