// The buyer's and the staff's way through the API, with openapi-typescript and openapi-fetch.
import { randomUUID } from 'node:crypto'
import createClient from 'openapi-fetch'
import type { components, paths } from './schema.d.ts'

type Order = components['schemas']['Order']

const { SHOP_URL: baseUrl = '', SHOP_KEY } = process.env
const shop = createClient<paths>({ baseUrl, headers: { 'X-Session-ID': randomUUID() } })
const staff = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${SHOP_KEY}` } })

function got<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  if (data === undefined) throw new Error(`${response.status} ${JSON.stringify(error)}`)
  return data
}

const query = { in_stock: true, sort: 'price_asc', limit: 1 } as const
const { products, page } = got(await shop.GET('/api/v1/products', { params: { query } }))
const product = products[0]
if (!product) throw new Error('no product in stock')

const { attributes } = product
const alike = got(await shop.GET('/api/v1/products', { params: { query: { attributes } } }))
if (alike.products[0]?.id !== product.id || alike.page.total >= page.total)
  throw new Error('the filter by attributes found another product')

const cart = got(
  await shop.POST('/api/v1/cart/items', { body: { product_id: product.id, quantity: 2 } })
)
const order: Order = got(
  await shop.POST('/api/v1/checkout', {
    params: { header: { 'Idempotency-Key': randomUUID() } },
    body: {
      email: 'ada@example.com',
      expected_total: cart.subtotal,
      payment: { token: 'tok_success' }
    }
  })
)
const again = got(await shop.GET('/api/v1/orders/{id}', { params: { path: { id: order.id } } }))
if (again.number !== order.number || again.status !== 'confirmed')
  throw new Error(`the order reads ${again.status}`)

const path = { product_id: product.id }
const stock = got(
  await staff.PUT('/api/v1/admin/inventory/{product_id}', {
    params: { path },
    body: { quantity: 500, reason: 'stocktaking' }
  })
)
const declined = await shop.POST('/api/v1/checkout', {
  params: { header: { 'Idempotency-Key': randomUUID() } },
  body: {
    email: 'ada@example.com',
    payment: { token: 'tok_declined' },
    items: [{ product_id: product.id, quantity: 1 }]
  }
})
if (declined.error?.code !== 'payment_declined')
  throw new Error(`expected a decline, got ${declined.response.status}`)
console.log(`${again.status}, stock ${stock.quantity}, ${declined.error.code}`)
