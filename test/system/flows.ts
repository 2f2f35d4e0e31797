import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { buyer, pay, stock, type Answer, type Buyer, type Item } from '../support/buyer.ts'
import { environmentOf, type Environment } from '../support/build.ts'
import type { Node } from '../support/node.ts'
import { originOf } from '../contracts/charges.ts'

/*
 * The ways through the order workflow, each with every card. What is prepared happens before anything goes wrong.
 */

export type Flow = {
  name: string
  ways: Way[]
  /** Variables of the node that dies only. */
  env?: Record<string, string>
  /** The provider has been silent for longer than the shop waits. */
  silent?: boolean
  /** The cancel reason that a charged order may have; without it such an order is never cancelled. */
  lost?: 'customer' | 'stock_lost'
  prepare?: (purchase: Purchase, node: FastifyInstance) => Promise<unknown>
  /** The buyer's request, which is also sent again. Without it the node's payment resolver does the work. */
  ask?: (purchase: Purchase, node: FastifyInstance | Node) => Promise<Answer>
}

export type Way = { token: string; basket: 'cart' | 'items' }

/** Two of three units, of a product that no other buyer buys. */
export type Purchase = Way & {
  ada: Buyer
  key: string
  items: [Item]
  /** Units for sale before any order. */
  units: number
}

/** `npm run test:long`: every combination, which takes minutes. */
export const isLong = process.env.TEST_LONG === '1'

const tokens = isLong
  ? [
      'tok_success',
      'tok_declined',
      'tok_insufficient_funds',
      'tok_expired_card',
      'tok_timeout',
      'tok_error',
      'tok_slow'
    ]
  : ['tok_success', 'tok_declined', 'tok_timeout']

const fromItems = tokens.map((token) => ({ token, basket: 'items' }) as const)
const fromCarts = tokens.map((token) => ({ token, basket: 'cart' }) as const)

export async function newPurchase(way: Way, node: FastifyInstance): Promise<Purchase> {
  const units = 3
  const [product_id] = await stock(node, units)
  const ada = buyer(node)
  if (way.basket === 'cart') await ada.add(product_id!, 2)
  return {
    ...way,
    ada,
    units,
    key: randomUUID(),
    items: [{ product_id: product_id!, quantity: 2 }]
  }
}

export const flows: Flow[] = [
  { name: 'a checkout', ways: [...fromItems, ...fromCarts], ask: buy },
  {
    name: 'a checkout that PostgreSQL refuses',
    ways: fromItems,
    ask: buy,
    async prepare(purchase, node) {
      const [{ product_id }] = purchase.items
      await node.reservation.available([product_id])
      await environmentOf(node).sql.query(
        `select change_stock($1, 'set', 1, 'counted', gen_random_uuid(), null)`,
        [product_id]
      )
      purchase.units = 1
    }
  },
  {
    name: 'the resolution of an unknown outcome',
    ways: [...fromItems, ...fromCarts],
    prepare: loseOutcome
  },
  {
    name: 'the resolution of an unknown outcome of a cancelled order',
    lost: 'customer',
    ways: fromCarts,
    async prepare(purchase, node) {
      await loseOutcome(purchase, node)
      await cancel(purchase, node)
    }
  },
  {
    name: 'the silence of the provider',
    ways: fromCarts,
    env: { PROVIDER_LOST_RESPONSES: '1', PAYMENT_GIVE_UP_SECONDS: '1' },
    silent: true,
    lost: 'stock_lost',
    prepare: loseOutcome
  },
  {
    name: 'the cancellation of an order with an unknown outcome',
    lost: 'customer',
    ways: fromCarts,
    prepare: loseOutcome,
    ask: cancel
  },
  {
    name: 'the cancellation of a paid order',
    lost: 'customer',
    ways: [
      { token: 'tok_success', basket: 'items' },
      { token: 'tok_success', basket: 'cart' }
    ],
    prepare: (purchase, node) => buy(purchase, node),
    ask: cancel
  },
  {
    name: 'the refund of a paid order',
    lost: 'customer',
    ways: [{ token: 'tok_success', basket: 'cart' }],
    async prepare(purchase, node) {
      await buy(purchase, node)
      await cancel(purchase, node)
    }
  },
  {
    name: 'a checkout that needs the units of an expired reservation',
    ways: fromItems,
    async prepare(purchase, node) {
      await loseOutcome(purchase, node)
      await environmentOf(node).sql.query(
        `update reservations set expires_at = clock_timestamp()
         where order_id in (select order_id from order_items where product_id = $1)`,
        [purchase.items[0].product_id]
      )
      purchase.ada = buyer(node)
    },
    ask: buy
  }
]

export function buy({ ada, basket, token, items, key }: Purchase, node: FastifyInstance | Node) {
  return basket === 'cart'
    ? ada.at(node).checkout(pay(token), key)
    : ada.at(node).buy(items, token, key)
}

/** The provider has decided, and its answer was lost. */
async function loseOutcome(purchase: Purchase, node: FastifyInstance) {
  const { token, items } = purchase
  await buy({ ...purchase, token: 'tok_error' }, node)
  const [payment] = await paymentsFor(environmentOf(node), items[0].product_id)
  await node.payments.charge({ ...payment!, ...originOf(node), token }).catch(() => {})
}

async function cancel({ ada }: Purchase, node: FastifyInstance | Node) {
  const [order] = await ada.orders()
  return ada.at(node).cancel(order!.id)
}

async function paymentsFor({ sql }: Environment, product_id: string) {
  const { rows } = await sql.query<{ payment_id: string; amount: number; currency: string }>(
    `select payments.id as payment_id, amount, currency from payments
     join order_items using (order_id) where product_id = $1`,
    [product_id]
  )
  return rows
}
