import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { hashOf } from '../../plugins/kernel/session/id.ts'
import type { Money } from '../../plugins/kernel/http/schemas.ts'
import type { Cart } from '../../routes/cart/schema.ts'
import type { Order } from '../../routes/orders/schema.ts'
import { environmentOf } from './build.ts'
import type { Node } from './node.ts'
import { stockUp } from '../sql/support.ts'

export type Answer = {
  status: number
  headers: Record<string, string | undefined>
  /** An order, a cart, a list or a problem: the test knows which. */
  body: Omit<Order, 'items'> & Omit<Cart, 'id'> & Rest
}

type Rest = {
  orders: Order[]
  code: string
  order_id: string
  decline_code: string
  expected: Money
  actual: Money
}

export type Item = { product_id: string; quantity: number }

export type CheckoutBody = {
  email?: string
  payment?: { token: string }
  expected_total?: { amount: number; currency: string }
  items?: Item[]
  shipping_address?: object
}

export type Buyer = ReturnType<typeof buyer>

/** A buyer with a session, whose requests go to this node. */
export function buyer(node: FastifyInstance | Node, session: string = randomUUID()) {
  const ask = (method: Method, path: string, body?: object, headers = {}) =>
    send(node, method, `/api/v1${path}`, { 'x-session-id': session, ...headers }, body)

  const buy = (items: Item[], token = 'tok_success', key: string = randomUUID()) =>
    ask(
      'POST',
      '/checkout',
      { email: 'ada@example.com', payment: { token }, items },
      { 'idempotency-key': key }
    )

  return {
    session,
    /** What the shop keeps of the session. */
    kept: hashOf(session),
    /** The same buyer at another node. */
    at: (other: FastifyInstance | Node) => buyer(other, session),
    cart: () => ask('GET', '/cart'),
    add: (product_id: string, quantity = 1) => ask('POST', '/cart/items', { product_id, quantity }),
    checkout: (body: CheckoutBody = {}, key?: string) =>
      ask(
        'POST',
        '/checkout',
        { email: 'ada@example.com', ...body },
        key === undefined ? {} : { 'idempotency-key': key }
      ),
    /** Buys these items and pays with this token, under a new idempotency key unless `key` is set. */
    buy,
    /** As `buy`, until the purchase has ended. */
    buyPatiently: (items: Item[], token = 'tok_success', key: string = randomUUID()) =>
      patiently(() => buy(items, token, key)),
    order: (id: string) => ask('GET', `/orders/${id}`),
    orders: async () => (await ask('GET', '/orders?limit=100')).body.orders,
    cancel: (id: string) => ask('POST', `/orders/${id}/cancel`)
  }
}

/**
 * Repeats a checkout until the purchase has ended, as a client should: a busy machine may be too slow for a crowd, and answers
 * 503. Without a key it has to be that of a cart, whose repeat is a double click.
 */
export async function patiently(checkout: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await checkout()
    if (!isUndecided(answer)) return answer
    await wait(1000 * Number(answer.headers['retry-after'] ?? 1))
  }
}

const isUndecided = ({ status, body }: Answer) =>
  status === 503 || status === 202 || body.code === 'checkout_in_progress'

/** The body of a checkout that pays the cart with this token. */
export const pay = (token: string): CheckoutBody => ({ payment: { token } })

/** Creates products with this much stock each, at 100 cents. @returns their ids, in ascending order */
export const stock = (node: FastifyInstance, ...quantities: number[]) =>
  stockUp(environmentOf(node).sql, quantities)

/** [units for sale, reserved units] of each product, in order of their ids. */
export async function unitsOf(node: FastifyInstance, ...product_ids: string[]) {
  const { rows } = await environmentOf(node).sql.query<number[]>({
    text: 'select quantity, reserved_quantity from inventory where product_id = any ($1) order by product_id',
    values: [product_ids],
    rowMode: 'array'
  })
  return rows
}

type Method = 'GET' | 'POST'

async function send(
  node: FastifyInstance | Node,
  method: Method,
  url: string,
  headers: Record<string, string>,
  body?: object
): Promise<Answer> {
  if ('inject' in node) {
    const answer = await node.inject({ method, url, headers, ...(body && { payload: body }) })
    return {
      status: answer.statusCode,
      headers: answer.headers as Answer['headers'],
      body: answer.json()
    }
  }
  const answer = await fetch(`${node.url}${url}`, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) })
  })
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: (await answer.json()) as Answer['body']
  }
}
