import { randomUUID } from 'node:crypto'
import pLimit from 'p-limit'
import type { Pool } from 'pg'
import { purchase, type Asked } from './loads.ts'
import { findSold, findSoldOut } from './fill-shop.ts'

/** Reads what the loads ask for, and buys the orders that are read. */
export async function prepare(db: Pool, url: string): Promise<Asked> {
  const products = await findSold(db)
  const { rows } = await db.query<{ name: string }>(
    `select name from products where status = 'active' order by id limit 200`
  )
  return {
    products,
    sold_out: await findSoldOut(db),
    orders: await many(500, (at) => order(url, products[at % products.length]!.id)),
    carts: [],
    words: rows.map(({ name }) => name.split(/[^A-Za-z]/, 1)[0]!.toLowerCase()).filter(Boolean)
  }
}

/** Sessions with a cart of one line. */
export const fillCarts = (url: string, { products }: Asked, count: number): Promise<string[]> =>
  many(count, async (at) => {
    const session = randomUUID()
    const product_id = products[at % products.length]!.id
    await post(`${url}/api/v1/cart/items`, session, { product_id, quantity: 1 })
    return session
  })

async function order(url: string, product_id: string) {
  const session = randomUUID()
  const { id } = await post(`${url}/api/v1/checkout`, session, purchase(product_id))
  return { id, session }
}

/** @throws unless the answer is a success */
async function post(url: string, session: string, body: object): Promise<{ id: string }> {
  const headers = {
    'content-type': 'application/json',
    'x-session-id': session,
    'idempotency-key': randomUUID()
  }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as { id: string }
}

function many<T>(count: number, work: (at: number) => Promise<T>): Promise<T[]> {
  const limit = pLimit(8)
  return Promise.all(Array.from({ length: count }, (_, at) => limit(() => work(at))))
}
