// The same with @hey-api/openapi-ts.
import { randomUUID } from 'node:crypto'
import { client } from './hey/client.gen.ts'
import {
  addCartItem,
  checkout,
  createProduct,
  getOrder,
  listProducts,
  setStock
} from './hey/index.ts'

const session = randomUUID()
client.setConfig({
  baseUrl: process.env.SHOP_URL ?? '',
  auth: ({ scheme, name }) =>
    scheme === 'bearer' ? process.env.SHOP_KEY : name === 'X-Session-ID' ? session : undefined
})

const throwOnError = true
const query = { in_stock: true, sort: 'price_asc', limit: 1 } as const
const { data: list } = await listProducts({ query, throwOnError })
const product = list.products[0]
if (!product) throw new Error('no product in stock')
const { attributes } = product
const { data: alike } = await listProducts({ query: { attributes }, throwOnError })
if (alike.products[0]?.id !== product.id || alike.page.total >= list.page.total)
  throw new Error('the filter by attributes found another product')

const item = { product_id: product.id, quantity: 2 }
const { data: cart } = await addCartItem({ body: item, throwOnError })
const { data: order } = await checkout({
  headers: { 'Idempotency-Key': randomUUID() },
  body: { email: 'ada@example.com', expected_total: cart.subtotal },
  throwOnError
})
const { data: again } = await getOrder({ path: { id: order.id }, throwOnError })
if (again.number !== order.number || again.status !== 'confirmed')
  throw new Error(`the order reads ${again.status}`)
const { data: stock } = await setStock({
  path: { product_id: product.id },
  body: { quantity: 500, reason: 'stocktaking' },
  throwOnError
})
const slug: string = `mug-${Date.now()}`
const { data: made } = await createProduct({
  body: {
    sku: slug,
    slug,
    name: 'Enamel mug',
    price: { amount: 3_000_000_000, currency: 'USD' },
    category_id: product.category.id
  },
  throwOnError
})
if (made.slug !== slug) throw new Error(`the slug reads ${made.slug}`)
console.log(`${again.status}, stock ${stock.quantity}, ${made.price.amount}`)
