import type { FastifyInstance } from 'fastify'
import { addProduct, call } from '../routes/shop.ts'

type Headers = Record<string, string>

export const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** What guests of a node ask: they read their cart and add units of a product to it. */
export async function guestsOf(app: FastifyInstance) {
  const product = await addProduct(app, { quantity: 1000 })
  const item = { product_id: product.id, quantity: 1 }
  return {
    product,
    item,
    cart: (headers: Headers = {}, node = app) => call(node, 'GET /api/v1/cart', { headers }),
    add: (headers: Headers = {}, node = app) =>
      call(node, 'POST /api/v1/cart/items', { headers, body: item })
  }
}

/** The cookie that an answer sets: all of it, and what a client sends back. */
export function cookieOf({ headers }: Awaited<ReturnType<typeof call>>) {
  const whole = [headers['set-cookie'] ?? ''].flat()[0]!
  return { whole, pair: whole.split(';')[0]! }
}
