import type { FastifyInstance } from 'fastify'
import { DatabaseError } from 'pg'
import { isOutage } from '../../kernel/errors/outage.ts'
import { productKey } from '../../storage/cache/keys.ts'
import { EventRefused, type CloudEvent, type EventSink } from './sinks/sink.ts'

type Needs = Pick<FastifyInstance, 'cache' | 'checkout' | 'redis' | 'reservation'>

/** The sink's name in the table event_sinks. */
export const effectsName = 'effects'

/**
 * A sink of our own that every node has: what a request does after its commit (invalidates the cache, tells the stock gate,
 * clears the cart) is done again for every event, since the request may have ended before it did so. The events of a batch
 * share what they ask of the servers: their order does not matter here.
 */
export const effects = (fastify: Needs): EventSink => ({
  name: effectsName,
  start: async () => {},
  stop: async () => {},

  async accept(events) {
    await repeat(fastify, effectsOf(events)).catch((err: unknown) => {
      if (!isOwnFault(err)) throw err
      // Without the id of an event: the relay sends each event by itself, to find out whose effects fail.
      const refusal = { is_ours: true, cause: err }
      throw new EventRefused('the effects of an event cannot be repeated', refusal)
    })
    return events.length
  }
})

/** Whether no server is unreachable, so that other events may fare better. We write the events and what reads them. */
const isOwnFault = (err: unknown) =>
  err instanceof TypeError ||
  err instanceof RangeError ||
  (err instanceof DatabaseError && !isOutage(err))

async function repeat({ cache, checkout, redis, reservation }: Needs, due: Effects) {
  const { products, stock, orders, listings } = due
  await Promise.all([
    // An event without an effect says nothing about Redis: without this one such events would leave while the others wait.
    redis.ping(),
    stock.size > 0 && reservation.refresh([...stock]),
    products.size > 0 && cache.forget(...[...products].map(productKey)),
    listings && cache.forgetListings(),
    orders.size > 0 && checkout.clearCarts([...orders])
  ])
}

/** What is to be done for events, each thing once: a hundred changes of one product tell the gate once. */
type Effects = {
  /** Ids and slugs of products whose details have changed. */
  products: Set<string>
  /** Products whose stock has changed. */
  stock: Set<string>
  /** Confirmed orders that came from a cart. */
  orders: Set<string>
  /** Whether listings have changed. */
  listings: boolean
}

function effectsOf(events: CloudEvent[]): Effects {
  const due: Effects = {
    products: new Set(),
    stock: new Set(),
    orders: new Set(),
    listings: false
  }
  for (const { type, data } of events) {
    const payload = data as Payload
    switch (type) {
      case 'product.created':
      case 'product.changed': {
        const { product_id, slug, slug_before } = payload
        for (const name of [product_id, slug, slug_before]) if (name != null) due.products.add(name)
        due.listings = true
        break
      }
      case 'inventory.changed':
        due.stock.add(payload.product_id)
        // Listings show whether a product is in stock.
        if (payload.quantity > 0 !== payload.quantity_before > 0) due.listings = true
        break
      case 'order.confirmed':
        if (payload.cart_id !== null) due.orders.add(payload.order_id)
    }
  }
  return due
}

/** The fields of the events above; each event has those that concern it. */
type Payload = {
  product_id: string
  slug: string
  slug_before?: string
  quantity: number
  quantity_before: number
  order_id: string
  cart_id: string | null
}
