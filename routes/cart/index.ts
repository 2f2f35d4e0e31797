import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { IdempotencyKey } from '../../plugins/kernel/http/schemas.ts'
import {
  CartLimitExceeded,
  CartUnavailable,
  CheckoutInProgress,
  IdempotencyKeyReused,
  InsufficientStock,
  ProductNotFound
} from '../../plugins/kernel/errors/problems.ts'
import { forGuests } from '../../plugins/kernel/openapi/operation.ts'
import { changeCart } from './change.ts'
import { Cart, CartItemChange, ItemParams, NewCartItems } from './schema.ts'
import { viewCart } from './view.ts'
import { onceOf, wantedLines } from './wanted.ts'

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { carts } = fastify
  fastify.addHook('onRequest', fastify.startSession)
  fastify.addHook('preHandler', fastify.adoptOldCart)

  const schema = {
    ...forGuests('Cart'),
    response: { 200: Cart }
  }

  const config = { database: false }

  /** Without a session there is no cart, and nothing is asked. */
  async function view(session: string) {
    if (!session) return viewCart(fastify, undefined, [])
    const product_ids = carts.recall(session)
    const [cart, products] = await Promise.all([
      carts.read(session, product_ids),
      fastify.findProducts(product_ids)
    ])
    return viewCart(fastify, cart, products)
  }

  fastify.get(
    '',
    {
      schema: {
        ...schema,
        operationId: 'getCart',
        summary: "The session's cart",
        description:
          "With today's prices and stock. Empty when there is no cart; a read makes none.",
        errors: [CartUnavailable]
      }
    },
    ({ session }) => view(session)
  )

  fastify.post(
    '/items',
    {
      config,
      schema: {
        ...schema,
        operationId: 'addCartItem',
        summary: 'Adds units of a product, or several products; once with an Idempotency-Key',
        description:
          'Adds to what the cart has: one product, or with `items` several, all of them or none. With an `Idempotency-Key` and a session a repeat counts once. More than can be sold is refused as a courtesy: only the checkout decides.',
        errors: [
          ProductNotFound,
          InsufficientStock,
          CheckoutInProgress,
          CartLimitExceeded,
          IdempotencyKeyReused,
          CartUnavailable
        ],
        sends: ['Idempotency-Replayed'],
        headers: IdempotencyKey,
        body: NewCartItems
      }
    },
    async ({ session, headers, body }, reply) => {
      const lines = wantedLines(body)
      const once = onceOf(headers, lines)
      const change = await changeCart(fastify, session, { mode: 'add', lines, once })
      const { is_repeat, cart, products } = change
      if (is_repeat) reply.header('idempotency-replayed', 'true')
      return viewCart(fastify, cart, products)
    }
  )

  fastify.put(
    '/items/:product_id',
    {
      config,
      schema: {
        ...schema,
        operationId: 'setCartItem',
        summary: 'Sets the units of a product; 0 removes it',
        description:
          'Sets the units of a product, and adds the line if it is absent. 0 removes it. May be repeated.',
        errors: [ProductNotFound, InsufficientStock, CartLimitExceeded, CartUnavailable],
        params: ItemParams,
        body: CartItemChange
      }
    },
    async ({ session, params, body }) => {
      const product_id = params.product_id.toLowerCase()
      if (body.quantity === 0) return remove(session, product_id)
      const lines = [{ product_id, quantity: body.quantity }]
      const { cart, products } = await changeCart(fastify, session, { mode: 'set', lines })
      return viewCart(fastify, cart, products)
    }
  )

  fastify.delete(
    '/items/:product_id',
    {
      config,
      schema: {
        ...schema,
        operationId: 'removeCartItem',
        summary: 'Removes a product',
        description: 'May be repeated: a line that is absent is no error.',
        errors: [CartUnavailable],
        params: ItemParams
      }
    },
    ({ session, params }) => remove(session, params.product_id.toLowerCase())
  )

  fastify.delete(
    '',
    {
      config,
      schema: {
        ...schema,
        operationId: 'deleteCart',
        summary: 'Empties the cart',
        description: 'May be repeated.',
        errors: [CartUnavailable],
        response: { 204: Type.Null() }
      }
    },
    async ({ session }, reply) => {
      await carts.drop(session)
      return reply.code(204).send(null)
    }
  )

  /** A line can be removed when its product has no stock, or is not for sale any more. */
  async function remove(session: string, product_id: string) {
    const had = carts.recall(session)
    const lines = [{ product_id, quantity: 0, available: 0 }]
    const [answer, products] = await Promise.all([
      carts.change(session, { mode: 'set', lines }, had),
      fastify.findProducts(had)
    ])
    return viewCart(fastify, 'cart' in answer ? answer.cart : undefined, products)
  }
}

export default routes
