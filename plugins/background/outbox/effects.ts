import type { FastifyInstance } from 'fastify'
import { DatabaseError } from 'pg'
import { isOutage } from '../../kernel/errors/outage.ts'
import { productKey } from '../../storage/cache/keys.ts'
import { EventRefused, type CloudEvent, type EventSink } from './sinks/sink.ts'

type Needs = Pick<FastifyInstance, 'cache' | 'checkout' | 'redis' | 'reservation'>

/** The sink's name in the table event_sinks. */
export const effectsName = 'effects'

const batchMs = 1000

/**
 * A sink of our own that every node has: what a request does after its commit (invalidates the cache, tells the stock gate,
 * clears the cart) is done again for every event, since the request may have ended before it did so.
 */
export const effects = (fastify: Needs): EventSink => ({
  name: effectsName,
  start: async () => {},
  stop: async () => {},

  async accept(events) {
    // An event without an effect says nothing about Redis: without this one such events would leave while the others wait.
    await fastify.redis.ping()
    const end = performance.now() + batchMs
    const done = new Set<string>()
    let taken = 0
    for (const event of events) {
      await repeat(fastify, event, done).catch((err: unknown) => {
        if (!isOwnFault(err)) throw err
        const { id } = event
        throw new EventRefused('the effects of an event cannot be repeated', {
          event: id,
          is_ours: true,
          cause: err
        })
      })
      taken++
      if (performance.now() > end) break
    }
    return taken
  }
})

/** Whether no server is unreachable, so that other events may fare better. We write the events and what reads them. */
const isOwnFault = (err: unknown) =>
  err instanceof TypeError ||
  err instanceof RangeError ||
  (err instanceof DatabaseError && !isOutage(err))

/** `done` is what was done since the events were read: a hundred changes of one product tell the gate once. */
async function repeat(
  { cache, checkout, reservation }: Needs,
  { type, data }: CloudEvent,
  done: Set<string>
) {
  const payload = data as Payload
  const once = async (name: string, work: () => Promise<void>) => {
    if (done.has(name)) return
    await work()
    done.add(name)
  }
  const listings = () => once('listings', cache.forgetListings)

  switch (type) {
    case 'product.created':
    case 'product.changed': {
      const { product_id, slug, slug_before } = payload
      const names = [product_id, slug, slug_before].filter((name) => name != null)
      await once(`product ${names.join(' ')}`, () => cache.forget(...names.map(productKey)))
      return listings()
    }
    case 'inventory.changed':
      await once(`stock ${payload.product_id}`, () => reservation.refresh([payload.product_id]))
      // Listings show whether a product is in stock.
      if (payload.quantity > 0 !== payload.quantity_before > 0) await listings()
      return
    case 'order.confirmed':
      if (payload.cart_id !== null) await checkout.clearCart(payload.order_id)
  }
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
