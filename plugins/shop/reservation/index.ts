import { setTimeout as wait } from 'node:timers/promises'
import fp from 'fastify-plugin'
import { singleFlight } from '../../lib/single-flight.ts'
import { openGate, type Known, type Line, type Stock } from './gate.ts'
import { findStock } from './queries.ts'

export type { Known, Line, Stock } from './gate.ts'

export type Shortage = { product_id: string; requested: number; available: number }

/**
 * held      go on to TX 1
 * refused   PostgreSQL has too few, as of less than a second ago: every line that does not fit
 * unknown   the gate cannot tell (Redis is away, or the stock is held by checkouts under way): PostgreSQL decides
 */
export type GateAnswer = { gate: 'held' | 'unknown' } | { gate: 'refused'; shortages: Shortage[] }

export type Reservation = {
  /** Asks for all lines or none. `hold_id` is the order's id: a repeat holds nothing twice. Never throws. */
  reserve: (hold_id: string, lines: Line[]) => Promise<GateAnswer>
  /**
   * After a commit that moved these units: reads the primary, drops the hold if there was one, tells the gate, and the
   * listings when a product has sold out or come back. Never throws.
   */
  settle: (lines: Line[], hold_id?: string) => Promise<void>
  /** The gate learns what the primary says now. Throws while one of the two is away, for whoever tries again. */
  refresh: (product_ids: string[]) => Promise<void>
  /** Units that can be sold, of each product; products without stock of their own are left out. */
  available: (product_ids: string[]) => Promise<Map<string, number>>
  /** What the gate itself takes for true, for an audit; products it does not know are left out. Throws without Redis. */
  look: (product_ids: string[]) => Promise<Known[]>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The stock gate in Redis. It may turn buyers away early and never promises anything. */
    reservation: Reservation
  }
}

/** How often a call may come back for more: three loads or checks, six waits. */
const attempts = 10

export default fp(
  async (fastify) => {
    const { cache, db, log, redis } = fastify
    const gate = openGate(redis, fastify.epoch)
    const reads = singleFlight<Stock[]>()

    /** The gate learns what PostgreSQL says. Listings show what is in stock: they learn when that changes. */
    async function tell(stock: Stock[], began: number, hold?: { hold_id: string; lines: Line[] }) {
      const crossed = await gate.settle(stock, Math.ceil(performance.now() - began), hold)
      if (crossed > 0) await cache.invalidateListings()
      return crossed
    }

    /** What the primary says now. One read a product and node at a time. */
    async function load(product_ids: string[]) {
      const loaded = await Promise.all(
        product_ids.map((id) =>
          reads(id, async () => {
            const began = performance.now()
            const stock = await findStock(db, [id])
            if (stock.length > 0) await tell(stock, began)
            return stock
          })
        )
      )
      return loaded.flat()
    }

    async function reserve(hold_id: string, lines: Line[]): Promise<GateAnswer> {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const reply = await gate.reserve(hold_id, lines)
        if (reply.word === 'ok') return { gate: 'held' }
        if (reply.word === 'refused') {
          const shortages = reply.lines.map((line, at) =>
            shortage(lines[line]!, reply.available[at]!)
          )
          return { gate: 'refused', shortages }
        }
        if (reply.word === 'contended') {
          if (attempt >= 6) break
          await wait(5 + Math.random() * 20)
        } else {
          const stock = await load(reply.lines.map((line) => lines[line]!.product_id))
          // A product without a stock row never will be known here.
          if (stock.length < reply.lines.length) break
        }
      }
      return { gate: 'unknown' }
    }

    fastify.decorate('reservation', {
      reserve: (hold_id, lines) =>
        reserve(hold_id, lines).catch((err: unknown) => {
          log.warn({ err }, 'the stock gate did not answer')
          return { gate: 'unknown' }
        }),

      async settle(lines, hold_id) {
        const began = performance.now()
        const hold = hold_id === undefined ? undefined : { hold_id, lines }
        const stock = await findStock(db, productsOf(lines)).catch((err: unknown) => {
          log.warn({ err }, 'the stock was not read')
          return []
        })
        const crossed = await tell(stock, began, hold).catch((err: unknown) => {
          log.warn({ err }, 'the stock gate was not settled')
          return 0
        })
        // What the gate did not know before may have crossed zero too, if it is as near to it as these units.
        const units = new Map(lines.map(({ product_id, quantity }) => [product_id, quantity]))
        const near = stock.some(({ product_id, quantity }) => quantity <= units.get(product_id)!)
        if (near && crossed === 0) await cache.invalidateListings()
      },

      async refresh(product_ids) {
        const began = performance.now()
        const stock = await findStock(db, product_ids)
        if (stock.length > 0) await tell(stock, began)
      },

      async available(product_ids) {
        const known = await gate.quantities(product_ids).catch(() => [])
        const found = new Map<string, number>()
        product_ids.forEach((id, at) => known[at] !== undefined && found.set(id, known[at]))
        const missing = product_ids.filter((id) => !found.has(id))
        if (missing.length === 0) return found

        const began = performance.now()
        const stock = await findStock(db, missing)
        if (stock.length > 0) await tell(stock, began).catch(() => 0)
        for (const { product_id, quantity } of stock) found.set(product_id, quantity)
        return found
      },

      look: (product_ids) => gate.look(product_ids)
    } satisfies Reservation)
  },
  { name: 'reservation', dependencies: ['postgres', 'redis', 'cache'] }
)

const productsOf = (lines: Line[]) => lines.map(({ product_id }) => product_id)

const shortage = ({ product_id, quantity }: Line, available: number): Shortage => ({
  product_id,
  requested: quantity,
  available
})
