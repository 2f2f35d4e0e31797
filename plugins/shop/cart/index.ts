import fp from 'fastify-plugin'
import type { Result } from 'ioredis'
import { CartUnavailable, detailed, IdempotencyKeyReused } from '../../kernel/errors/problems.ts'
import { sha256 } from '../../lib/canonical.ts'
import { newId } from '../../lib/ids.ts'
import { script } from '../../lib/script.ts'
import type { Line } from '../reservation/index.ts'
import {
  parseReply,
  type CartChange,
  type ChangeAnswer,
  type ChangeReply,
  type Once
} from './change.ts'
import { linesOfAnyPrice, mostLines, mostUnits } from './limits.ts'

export type { CartChange } from './change.ts'

export type StoredCart = {
  /** Names the purchase: the cart gets a new id when it was bought. */
  id: string
  version: number
  lines: Line[]
  expires_at: Date
}

/** `session` is the hash of the session's id. Every verb throws CartUnavailable when Redis is unreachable. */
export type Carts = {
  read: (session: string) => Promise<StoredCart | undefined>
  /** All lines of the change or none. @throws IdempotencyKeyReused */
  change: (session: string, change: CartChange) => Promise<ChangeAnswer>
  /** Whether a change was made with this key, as long as it is remembered. @throws IdempotencyKeyReused */
  isRepeat: (session: string, once: Once) => Promise<boolean>
  drop: (session: string) => Promise<void>
  /** Takes an order's lines out of the cart it came from, once. */
  clear: (session: string, cart_id: string, lines: Line[]) => Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Guest carts, in Redis: products and units, never prices. Kept 7 days after the last change. */
    carts: Carts
    /** A hook of the routes that read the session's cart: takes over a cart that the last release kept under the session's id. */
    adoptOldCart: (request: FastifyRequest) => Promise<void>
  }
}

declare module 'ioredis' {
  interface RedisCommander<Context> {
    /** change.lua */
    cartChange(keys: number, ...args: (string | number)[]): Result<ChangeReply, Context>
    /** clear.lua */
    cartClear(key: string, ...args: (string | number)[]): Result<number, Context>
  }
}

const dayMs = 24 * 60 * 60 * 1000
const ttlMs = 7 * dayMs

export default fp(
  async (fastify) => {
    const { config, redis } = fastify
    redis.defineCommand('cartChange', { lua: script(import.meta, 'change.lua') })
    redis.defineCommand('cartClear', { numberOfKeys: 1, lua: script(import.meta, 'clear.lua') })

    fastify.decorate('carts', {
      async read(session) {
        const key = keyOf(session)
        const [fields, ttl] = await reach(Promise.all([redis.hgetall(key), redis.pttl(key)]))
        return fields.id === undefined ? undefined : parse(fields, ttl)
      },

      async change(session, { mode, lines, once, checked = '' }) {
        const keys = once ? [keyOf(session), onceKeyOf(session, once)] : [keyOf(session)]
        const limits = [ttlMs, mostLines, mostUnits]
        const made = once ? [once.hash, once.kept_ms] : ['', 0]
        const args = lines.flatMap((line) => [line.product_id, line.quantity, line.available])
        const answer = await reach(
          redis.cartChange(
            keys.length,
            ...keys,
            mode,
            newId(),
            ...limits,
            ...made,
            linesOfAnyPrice,
            checked,
            ...args
          )
        )
        const [outcome] = answer
        if (outcome === 'reused') throw new IdempotencyKeyReused()
        return parseReply(answer)
      },

      async isRepeat(session, once) {
        const made = await reach(redis.get(onceKeyOf(session, once)))
        if (made !== null && made !== once.hash) throw new IdempotencyKeyReused()
        return made !== null
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
      const old = oldKeyOf(id)
      // Nothing to adopt is an error of RENAMENX, and while Redis is unreachable the route says so itself.
      if (await redis.exists(old).catch(() => 0))
        await redis.renamenx(old, keyOf(request.session)).catch(() => 0)
    })

    /** In Redis Cluster the braces put it into the slot of its cart, whose whole name counts there. */
    const onceKeyOf = (session: string, { key }: Once) =>
      `cart_key:{${config.REDIS_PREFIX}${keyOf(session)}}:${sha256(key).toString('base64url')}`
  },
  { name: 'cart', dependencies: ['config', 'redis', 'session'] }
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

function parse({ id, version, ...rest }: Record<string, string>, ttl: number): StoredCart {
  const lines = Object.entries(rest).map(([field, units]) => ({
    product_id: field.slice('line:'.length),
    quantity: Number(units)
  }))
  return {
    id: id!,
    version: Number(version),
    lines,
    expires_at: new Date(Date.now() + Math.max(ttl, 0))
  }
}
