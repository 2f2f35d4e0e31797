import type { FastifyInstance } from 'fastify'
import { productKey } from '../../storage/cache/keys.ts'
import type { Row } from './queries.ts'

/**
 * What a request does after its commit, done again by whoever publishes the event: the request may have died in between.
 * `done` is what was done since the events were read, so that a hundred changes of one product tell the gate once.
 * @throws while Redis or the database is away: then the event is not published either
 */
export async function repeatEffects(
  fastify: FastifyInstance,
  { type, payload }: Row,
  done: Set<string>
) {
  const { cache, checkout, reservation } = fastify
  const data = payload as Payload
  const once = async (name: string, work: () => Promise<void>) => {
    if (done.has(name)) return
    await work()
    done.add(name)
  }
  const listings = () => once('listings', cache.forgetListings)

  switch (type) {
    case 'product.created':
    case 'product.changed': {
      const names = [data.product_id, data.slug, data.slug_before].filter((name) => name != null)
      await once(`product ${names.join(' ')}`, () => cache.forget(...names.map(productKey)))
      return listings()
    }
    case 'inventory.changed':
      await once(`stock ${data.product_id}`, () => reservation.refresh([data.product_id]))
      // Listings show whether there is any.
      if (data.quantity > 0 !== data.quantity_before > 0) await listings()
      return
    case 'order.confirmed':
      if (data.cart_id !== null) await checkout.clearCart(data.order_id)
  }
}

/** The fields of the events above, each in those that have it. */
type Payload = {
  product_id: string
  slug: string
  slug_before?: string
  quantity: number
  quantity_before: number
  order_id: string
  cart_id: string | null
}
