import type { FastifyInstance } from 'fastify'
import { call } from '../routes/shop.ts'
import { step } from './schedule.ts'
import { findOrder, looks, type Role, type Scene } from './scene.ts'

/** One of the things that change a shop, as its clients and its resolver do them: to Ada's cart, her orders and the tea. */
export type Operation = Role & {
  does: (scene: Scene, node: FastifyInstance, actor: number) => Promise<string>
  /** Every answer that it may get. */
  answers: string[]
  /** Which others it meets; without it, every one. */
  meets?: (other: Role) => boolean
}

export const operations: Operation[] = [
  {
    name: 'add to the cart',
    answers: ['200', '409 insufficient_stock', '404 product_not_found'],
    does: ({ session, tea }, node) =>
      told(
        call(node, 'POST /api/v1/cart/items', { session, body: { product_id: tea, quantity: 1 } })
      )
  },
  {
    name: 'set in the cart',
    answers: ['200', '409 insufficient_stock', '404 product_not_found'],
    does: ({ session, tea }, node, actor) =>
      told(
        call(node, `PUT /api/v1/cart/items/${tea}`, { session, body: { quantity: 1 + 2 * actor } })
      )
  },
  {
    name: 'remove from the cart',
    answers: ['200'],
    does: ({ session, tea }, node) =>
      told(call(node, `DELETE /api/v1/cart/items/${tea}`, { session }))
  },
  {
    name: 'drop the cart',
    answers: ['204'],
    does: ({ session }, node) => told(call(node, 'DELETE /api/v1/cart', { session }))
  },
  {
    name: 'buy the cart',
    buys: true,
    answers: [...bought(), '422 cart_empty'],
    does: (scene, node, actor) => checkout(scene, node, actor, {})
  },
  {
    name: 'buy the cart with a key',
    buys: true,
    answers: [...bought(), '422 cart_empty', '422 idempotency_key_reused'],
    does: (scene, node, actor) => checkout(scene, node, actor, { key: scene.keys[0]! })
  },
  {
    name: 'buy items',
    buys: true,
    answers: [...bought(), '422 idempotency_key_reused'],
    does: (scene, node, actor) =>
      checkout(scene, node, actor, { key: scene.keys[actor]!, units: 1 + actor })
  },
  {
    name: 'buy items without a session',
    buys: true,
    // Its client names no session, so it meets other buyers and what ends orders, and no cart.
    meets: ({ buys, ends }) => Boolean(buys ?? ends),
    answers: bought(),
    // Bought by Ada at the same time, with her session, it is the same purchase.
    does: ({ tea, keys, tokens }, node) =>
      told(
        call(node, 'POST /api/v1/checkout', {
          headers: { 'idempotency-key': keys[0]! },
          body: itemsOf(tea, tokens[0]!, 1)
        })
      )
  },
  {
    name: 'buy items for nothing',
    buys: true,
    free: true,
    // To the stock and to carts it is a purchase as any other.
    meets: ({ ends, free, name }) => Boolean(ends ?? free) || name === 'change the price',
    answers: [...bought(), '422 idempotency_key_reused'],
    does: (scene, node, actor) =>
      checkout(scene, node, actor, { key: scene.keys[actor]!, units: 1 + actor })
  },
  {
    name: 'cancel',
    ends: true,
    answers: ['200', '409 order_not_cancellable'],
    async does(scene, node) {
      const id = await findOrder(scene)
      return told(call(node, `POST /api/v1/orders/${id}/cancel`, { session: scene.session }))
    }
  },
  {
    name: 'change the price',
    answers: ['200'],
    does: ({ tea }, node, actor) =>
      told(
        call(node, `PATCH /api/v1/admin/products/${tea}`, {
          key: true,
          body: { price: { amount: 200 + actor, currency: 'USD' } }
        })
      )
  },
  {
    name: 'withdraw',
    answers: ['200'],
    does: ({ tea }, node) =>
      told(
        call(node, `PATCH /api/v1/admin/products/${tea}`, { key: true, body: { status: 'draft' } })
      )
  },
  {
    name: 'count the stock',
    answers: ['200'],
    does: ({ tea }, node, actor) =>
      told(
        call(node, `PUT /api/v1/admin/inventory/${tea}`, {
          key: true,
          body: { quantity: 1 + 5 * actor, reason: 'stocktaking' }
        })
      )
  },
  {
    name: 'adjust the stock',
    answers: ['200', '409 insufficient_stock'],
    does: ({ tea, deltas }, node, actor) =>
      told(
        call(node, `POST /api/v1/admin/inventory/${tea}/adjustments`, {
          key: true,
          body: { delta: deltas[actor], reason: 'delivery' }
        })
      )
  },
  {
    name: 'resolve',
    ends: true,
    answers: ['done'],
    async does(scene, node) {
      let found = 0
      for (let round = 0; round < looks && found < 2; round++) {
        await step('makes everything due', () =>
          scene.sql.query('update payments set check_at = now() where check_at is not null')
        )
        if ((await node.checkout.resolveDue(32)) > 0) found++
      }
      return 'done'
    }
  }
]

function bought() {
  return [
    '201',
    '202',
    '402 payment_declined',
    '402 payment_failed',
    '409 insufficient_stock',
    '409 cart_changed',
    '409 checkout_in_progress'
  ]
}

const checkout = (
  { session, tokens, tea }: Scene,
  node: FastifyInstance,
  actor: number,
  { key, units }: { key?: string; units?: number }
) =>
  told(
    call(node, 'POST /api/v1/checkout', {
      session,
      ...(key && { headers: { 'idempotency-key': key } }),
      body: itemsOf(tea, tokens[actor]!, units)
    })
  )

const itemsOf = (tea: string, token: string, units: number | undefined) => ({
  email: 'ada@example.com',
  payment: { token },
  ...(units && { items: [{ product_id: tea, quantity: units }] })
})

async function told(answer: ReturnType<typeof call>): Promise<string> {
  const { status, body } = await answer
  return status < 400 ? `${status}` : `${status} ${body?.code}`
}
