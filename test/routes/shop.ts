import { randomUUID } from 'node:crypto'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { v7 } from 'uuid'
import { adminKey, environmentOf } from '../support/build.ts'

// A shop as its clients see it: short calls to a node, and what they are about.

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

export type Call = {
  session?: string
  /** An API key; true: the one of the environment. */
  key?: string | true
  headers?: Record<string, string>
  body?: unknown
}

/** Calls a node, and answers the status, the headers and the parsed body. */
export async function call(
  app: FastifyInstance,
  line: `${Method} /${string}`,
  { session, key, headers, body }: Call = {}
) {
  const [method, url] = line.split(' ') as [Method, string]
  const request: InjectOptions = {
    method,
    url,
    headers: {
      ...(session && { 'x-session-id': session }),
      ...(key && { authorization: `Bearer ${key === true ? adminKey : key}` }),
      ...headers
    },
    ...(body !== undefined && { payload: body as object })
  }
  const answer = await app.inject(request)
  const isJson = /json/.test(String(answer.headers['content-type']))
  return {
    status: answer.statusCode,
    headers: answer.headers,
    text: answer.body,
    body: (isJson && answer.body ? answer.json() : undefined) as ReturnType<typeof JSON.parse>
  }
}

export type ShopProduct = { id: string; slug: string; sku: string; version: number }

export const usd = (amount: number) => ({ amount, currency: 'USD' })

/** A category, written past the API. */
export async function addCategory(
  app: FastifyInstance,
  slug: string,
  parent_id: string | null = null
): Promise<string> {
  const id = v7()
  await environmentOf(app).sql.query(
    'insert into categories (id, slug, name, description, parent_id) values ($1, $2, $3, $4, $5)',
    [id, slug, slug.toUpperCase(), `All ${slug}`, parent_id]
  )
  return id
}

const shelves = new WeakMap<FastifyInstance, Promise<string>>()

/** A product made by the shop's staff; 10 units at 1000 cents if nothing else is said. */
export async function addProduct(
  app: FastifyInstance,
  {
    price = 1000,
    category_id,
    ...rest
  }: { price?: number; category_id?: string } & Record<string, unknown> = {}
): Promise<ShopProduct> {
  const name = `thing-${randomUUID().slice(0, 8)}`
  if (!shelves.has(app)) shelves.set(app, addCategory(app, `shelf-${randomUUID().slice(0, 8)}`))
  const body = {
    sku: name,
    name,
    price: usd(price),
    category_id: category_id ?? (await shelves.get(app)),
    quantity: 10,
    ...rest
  }
  const answer = await call(app, 'POST /api/v1/admin/products', { key: true, body })
  if (answer.status !== 201) throw new Error(answer.text)
  return answer.body as ShopProduct
}

/** Puts products into a category of their own, in this order. A text is a name. */
export async function addShelf(
  app: FastifyInstance,
  slug: string,
  products: (string | Record<string, unknown>)[],
  parent?: string
) {
  const category_id = await addCategory(app, slug, parent)
  const made: ShopProduct[] = []
  for (const [at, product] of products.entries()) {
    const values = typeof product === 'string' ? { name: product } : product
    made.push(await addProduct(app, { sku: `${slug}-${at}`, category_id, ...values }))
  }
  return { category_id, products: made }
}

/** Buys units of a product past the cart. */
export const buy = (
  app: FastifyInstance,
  product_id: string,
  { quantity = 1, session = randomUUID(), token = 'tok_success' } = {}
) =>
  call(app, 'POST /api/v1/checkout', {
    session,
    headers: { 'idempotency-key': randomUUID() },
    body: {
      email: 'ada@example.com',
      items: [{ product_id, quantity }],
      payment: { token }
    }
  })

/** Asks a node for listings: `get` for the answer, `names` for the names of the products, in their order. */
export function listingsOf(app: FastifyInstance) {
  const get = (query: string) => call(app, `GET /api/v1/products?${query}`)
  return {
    get,
    async names(query: string): Promise<string[]> {
      const { status, text, body } = await get(query)
      if (status !== 200) throw new Error(text)
      return body.products.map(({ name }: { name: string }) => name)
    }
  }
}
