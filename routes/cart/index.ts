import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { CartChange } from '../../plugins/shop/cart/index.ts'
import { mostLines, mostUnits } from '../../plugins/shop/cart/limits.ts'
import {
  CartLimitExceeded,
  CartUnavailable,
  detailed,
  InsufficientStock,
  ProductNotFound
} from '../../plugins/kernel/errors/problems.ts'
import { forGuests } from '../../plugins/kernel/openapi/operation.ts'
import { findCartProducts } from './queries.ts'
import { Cart, CartItemChange, ItemParams, NewCartItem } from './schema.ts'
import { viewCart } from './view.ts'

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { carts } = fastify
  fastify.addHook('onRequest', fastify.useSession)

  const schema = {
    ...forGuests('Cart'),
    response: { 200: Cart }
  }

  const config = { database: false }

  const view = async (session: string) => viewCart(fastify, await carts.read(session))

  fastify.get(
    '',
    {
      schema: {
        ...schema,
        operationId: 'getCart',
        summary: "The session's cart",
        errors: [CartUnavailable],
        description:
          "With today's prices and stock. Empty when there is no cart; a read makes none."
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
        summary: 'Adds units of a product',
        description:
          'Adds to what the cart has of a product. More than can be sold is refused as a courtesy: only the checkout decides.',
        errors: [ProductNotFound, InsufficientStock, CartLimitExceeded, CartUnavailable],
        body: NewCartItem
      }
    },
    async ({ session, body }) => {
      await change(session, { ...body, mode: 'add' })
      return view(session)
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
      await change(session, { ...params, ...body, mode: 'set' })
      return view(session)
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
    async ({ session, params }) => {
      await remove(session, params.product_id.toLowerCase())
      return view(session)
    }
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

  async function change(session: string, wanted: Omit<CartChange, 'available'>) {
    const product_id = wanted.product_id.toLowerCase()
    // A line can be removed when its product has no stock, or is not for sale any more.
    if (wanted.quantity === 0) return remove(session, product_id)

    const [product] = await findCartProducts(fastify.db, [product_id])
    if (product?.status !== 'active') throw new ProductNotFound(wanted.product_id)
    const available = (await fastify.reservation.available([product_id])).get(product_id) ?? 0

    const answer = await carts.change(session, { ...wanted, product_id, available })
    switch (answer.outcome) {
      case 'short': {
        const items = [{ product_id, requested: answer.wanted, available }]
        throw detailed(new InsufficientStock(), { members: { items } })
      }
      case 'too_many_lines':
        throw new CartLimitExceeded(`A cart holds ${mostLines} products at most.`)
      case 'too_many_units':
        throw new CartLimitExceeded(`A cart holds ${mostUnits} units of a product at most.`)
    }
  }

  const remove = (session: string, product_id: string) =>
    carts.change(session, { mode: 'set', product_id, quantity: 0, available: 0 })
}

export default routes
