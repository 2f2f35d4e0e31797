import { freshId, type Load, type Request } from './wrk.ts'
import type { Sold } from './limits/functions.ts'

/** What the loads ask for. */
export type Asked = {
  products: Sold[]
  sold_out: string
  /** Orders that can be read, with the sessions that may. */
  orders: { id: string; session: string }[]
  /** Sessions with a cart of one line, each of which is bought once. */
  carts: string[]
  words: string[]
}

export const hotListing = '/api/v1/products?limit=20'

const key = { 'idempotency-key': freshId, 'x-session-id': freshId }
const email = 'ada@example.com'

const get = (path: string, session?: string): Request => ({
  method: 'GET',
  path,
  ...(session && { headers: { 'x-session-id': session } })
})

export const purchase = (product_id: string) => ({ email, items: [{ product_id, quantity: 1 }] })

const buys = (product_id: string): Request => ({
  method: 'POST',
  path: '/api/v1/checkout',
  headers: key,
  body: purchase(product_id)
})

const adds = (product_id: string): Request => ({
  method: 'POST',
  path: '/api/v1/cart/items',
  headers: { 'x-session-id': freshId },
  body: { product_id, quantity: 1 }
})

const readers = 32
const buyers = 128

const reads = (requests: Request[]): Load => ({ requests, status: 200, connections: readers })

/** The loads on a node, by the names of what is measured. */
export const loads = {
  details: ({ products }: Asked) => reads(products.map(({ id }) => get(`/api/v1/products/${id}`))),
  listing: () => reads([get(hotListing)]),
  listings: () => reads(Array.from({ length: 50 }, (_, at) => get(`${hotListing}&page=${at + 1}`))),
  search: ({ words }: Asked) => {
    // A search with bounds of prices is never stored.
    const of = (at: number) => get(`${hotListing}&q=${words[at % words.length]}&min_price=${at}`)
    return reads(Array.from({ length: 5000 }, (_, at) => of(at)))
  },
  'order status': ({ orders }: Asked) =>
    reads(orders.map(({ id, session }) => get(`/api/v1/orders/${id}`, session))),
  'add to cart': ({ products }: Asked) => reads(products.map(({ id }) => adds(id))),
  'checkout spread': ({ products }: Asked) => ({
    requests: products.map(({ id }) => buys(id)),
    status: 201,
    connections: buyers
  }),
  'checkout hot': ({ products }: Asked) => ({
    requests: [buys(products[0]!.id)],
    status: 201,
    connections: buyers
  }),
  'checkout of a cart': ({ carts }: Asked) => ({
    requests: carts.map((session): Request => ({
      method: 'POST',
      path: '/api/v1/checkout',
      headers: { 'x-session-id': session },
      body: { email }
    })),
    once: true,
    status: 201,
    connections: buyers
  }),
  'sold out': ({ sold_out }: Asked) => ({
    requests: [buys(sold_out)],
    status: 409,
    connections: readers
  })
} satisfies Record<string, (asked: Asked) => Load>

/** The loads on the server of limits. */
export const limitLoads = {
  'bare details': () => reads([get('/memory/details')]),
  'bare listing': () => reads([get('/memory/listing')]),
  'redis details': () => reads([get('/redis/details')]),
  'redis listing': () => reads([get('/redis/listing')]),
  'bare add': ({ products }: Asked) =>
    reads(products.map(({ id }) => ({ ...adds(id), path: '/cart' }))),
  'bare refusal': ({ sold_out }: Asked) => ({
    requests: [{ ...buys(sold_out), path: '/checkout' }],
    status: 409,
    connections: readers
  })
} satisfies Record<string, (asked: Asked) => Load>
