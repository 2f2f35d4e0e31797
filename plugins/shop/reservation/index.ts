/*
 * Two things hold stock for an order, one after the other:
 *
 * gate hold     in Redis, for 30 s at most: from the first question until TX 1 has decided. It keeps buyers who can't win
 *               away from PostgreSQL, and promises nothing. This plugin makes it and drops it.
 * reservation   in PostgreSQL (table `reservations`), for 10 min (RESERVATION_TTL_SECONDS): from TX 1 until the payment has
 *               ended. It is the promise. TX 1 makes it, and TX 2 or a cancel ends it.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { singleFlight } from '../../lib/single-flight.ts'
import { openGate, type Known, type Line, type Stock } from './gate.ts'
import { nothingLeft, type Left } from './left.ts'
import { findStock } from './queries.ts'

export type { Known, Line, Stock } from './gate.ts'

export type Shortage = { product_id: string; requested: number; available: number }

/**
 * held      the gate holds every line: go on to TX 1
 * refused   PostgreSQL had too few units less than a second ago; `shortages` lists every line that does not fit
 * unknown   Redis is unreachable, or other checkouts hold the stock: PostgreSQL decides, in TX 1
 */
export type GateAnswer = { gate: 'held' | 'unknown' } | { gate: 'refused'; shortages: Shortage[] }

export type Reservation = {
  /** Takes a gate hold on all lines or on none. `hold_id` is the order's id: a repeat holds nothing twice. Never throws. */
  reserve: (hold_id: string, lines: Line[]) => Promise<GateAnswer>
  /**
   * After a commit that moved these units: tells the primary's numbers to the gate and drops the gate hold of `hold_id`.
   * Invalidates the listings when a product has sold out or come back. Never throws.
   *
   * The numbers of products that are not in `left` are read.
   */
  settle: (lines: Line[], hold_id?: string, left?: Left) => Promise<void>
  /** Tells the primary's numbers to the gate. Throws when one of the two is unreachable, so that the relay repeats it. */
  refresh: (product_ids: string[]) => Promise<void>
  /** Units that can be sold, by product. Products without an inventory row are left out. */
  available: (product_ids: string[]) => Promise<Map<string, number>>
  /** As `available`, by Redis alone and in the order of the ids; undefined: a number is not known, or Redis is unreachable. */
  known: (product_ids: string[]) => Promise<number[] | undefined>
  /** What the gate knows, for the invariants. Products that it does not know are left out. Throws without Redis. */
  look: (product_ids: string[]) => Promise<Known[]>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** The stock gate in Redis. It may refuse early, and it promises nothing: PostgreSQL sells. */
    reservation: Reservation
  }
}

/** Calls of reserve.lua for one reservation at most: enough for three loads or checks and six waits. */
const attempts = 10

export default fp(
  async (fastify) => {
    const { cache, db, log, questions, redis } = fastify
    const gate = openGate(redis, questions, fastify.epoch)
    const reads = singleFlight<Stock[]>()

    /** Tells PostgreSQL's numbers to the gate. Listings show whether a product is in stock: a change invalidates them. */
    async function tell(stock: Stock[], began: number, hold?: { hold_id: string; lines: Line[] }) {
      const crossed = await gate.settle(stock, Math.ceil(performance.now() - began), hold)
      if (crossed > 0) await cache.invalidateListings()
      return crossed
    }

    /** Reads the primary's numbers and tells the gate. A node reads a product once at a time. */
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
          // A product without an inventory row stays unknown to the gate.
          if (stock.length < reply.lines.length) break
        }
      }
      return { gate: 'unknown' }
    }

    fastify.decorate('reservation', {
      reserve: (hold_id, lines) =>
        reserve(hold_id, lines).catch((err: unknown) => {
          log.warn({ err, order_id: hold_id }, 'the stock gate did not answer')
          return { gate: 'unknown' }
        }),

      async settle(lines, hold_id, left = nothingLeft) {
        const product_ids = productsOf(lines)
        const known = left.stock.filter(({ product_id }) => product_ids.includes(product_id))
        const began = known.length > 0 ? left.asked_at : performance.now()
        const hold = hold_id === undefined ? undefined : { hold_id, lines }
        const missing = product_ids.filter(
          (id) => !known.some(({ product_id }) => product_id === id)
        )
        const stock = [...known, ...(await readFor(fastify, missing, hold_id))]
        const crossed = await tell(stock, began, hold).catch((err: unknown) => {
          log.warn({ err, order_id: hold_id, product_ids }, 'the stock gate was not settled')
          return 0
        })
        if (crossed === 0 && mayHaveCrossed(stock, lines)) await cache.invalidateListings()
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

      async known(product_ids) {
        const known = await gate.quantities(product_ids).catch(() => undefined)
        return known?.includes(undefined) ? undefined : (known as number[] | undefined)
      },

      look: (product_ids) => gate.look(product_ids)
    } satisfies Reservation)
  },
  { name: 'reservation', dependencies: ['postgres', 'redis', 'questions', 'cache'] }
)

/** PostgreSQL's numbers, for an order. Never throws: without numbers the gate only drops the hold. */
async function readFor(
  { db, log }: Pick<FastifyInstance, 'db' | 'log'>,
  product_ids: string[],
  order_id: string | undefined
): Promise<Stock[]> {
  if (product_ids.length === 0) return []
  return findStock(db, product_ids).catch((err: unknown) => {
    log.warn({ err, order_id, product_ids }, 'the stock was not read from the primary')
    return []
  })
}

/** The gate cannot say whether an unknown product crossed 0. If its stock is at most the units just moved, assume that it did. */
function mayHaveCrossed(stock: Stock[], lines: Line[]): boolean {
  const units = new Map(lines.map(({ product_id, quantity }) => [product_id, quantity]))
  return stock.some(({ product_id, quantity }) => quantity <= units.get(product_id)!)
}

const productsOf = (lines: Line[]) => lines.map(({ product_id }) => product_id)

const shortage = ({ product_id, quantity }: Line, available: number): Shortage => ({
  product_id,
  requested: quantity,
  available
})
