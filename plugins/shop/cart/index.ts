import fp from 'fastify-plugin'
import type { Result } from 'ioredis'
import { v7 } from 'uuid'
import { CartUnavailable } from '../../kernel/errors/problems.ts'
import { script } from '../../lib/script.ts'
import type { Line } from '../reservation/index.ts'
import { mostLines, mostUnits } from './limits.ts'

export type StoredCart = {
  /** Names the purchase: the cart gets a new id when it was bought. */
  id: string
  version: number
  lines: Line[]
  expires_at: Date
}

export type CartChange = Line & {
  mode: 'add' | 'set'
  /** Units that can be sold. The cart takes no more than that. */
  available: number
}

export type ChangeAnswer =
  { outcome: 'ok' | 'too_many_lines' | 'too_many_units' } | { outcome: 'short'; wanted: number }

/** `session` is the hash of the session's id. Every verb throws CartUnavailable when Redis is unreachable. */
export type Carts = {
  read: (session: string) => Promise<StoredCart | undefined>
  change: (session: string, change: CartChange) => Promise<ChangeAnswer>
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
    cartChange(
      key: string,
      ...args: (string | number)[]
    ): Result<[ChangeAnswer['outcome'], number?], Context>
    /** clear.lua */
    cartClear(key: string, ...args: (string | number)[]): Result<number, Context>
  }
}

const ttlMs = 7 * 24 * 60 * 60 * 1000

export default fp(
  async (fastify) => {
    const { redis } = fastify
    redis.defineCommand('cartChange', { numberOfKeys: 1, lua: script(import.meta, 'change.lua') })
    redis.defineCommand('cartClear', { numberOfKeys: 1, lua: script(import.meta, 'clear.lua') })

    fastify.decorate('carts', {
      async read(session) {
        const key = keyOf(session)
        const [fields, ttl] = await reach(Promise.all([redis.hgetall(key), redis.pttl(key)]))
        return fields.id === undefined ? undefined : parse(fields, ttl)
      },

      async change(session, { mode, product_id, quantity, available }) {
        const [outcome, wanted = 0] = await reach(
          redis.cartChange(
            keyOf(session),
            mode,
            product_id,
            quantity,
            available,
            v7(),
            ttlMs,
            mostLines,
            mostUnits
          )
        )
        return outcome === 'short' ? { outcome, wanted } : { outcome }
      },

      async drop(session) {
        await reach(redis.unlink(keyOf(session)))
      },

      async clear(session, cart_id, lines) {
        const args = lines.flatMap(({ product_id, quantity }) => [product_id, quantity])
        await reach(redis.cartClear(keyOf(session), cart_id, v7(), ttlMs, ...args))
      }
    } satisfies Carts)

    fastify.decorate('adoptOldCart', async (request) => {
      const old = fastify.oldSessionOf(request)
      if (old === undefined || !request.session) return
      // Nothing to adopt is an error of RENAMENX, and while Redis is unreachable the route says so itself.
      if (await redis.exists(keyOf(old)).catch(() => 0))
        await redis.renamenx(keyOf(old), keyOf(request.session)).catch(() => 0)
    })
  },
  { name: 'cart', dependencies: ['redis', 'session'] }
)

/** Every error of Redis becomes the same problem for the client. */
const reach = <T>(work: Promise<T>) =>
  work.catch((cause: unknown) => {
    throw Object.assign(new CartUnavailable(), { cause })
  })

const keyOf = (session: string) => `cart:${session}`

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
