import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import type { CartChange } from '../../plugins/shop/cart/index.ts'
import { mostLines, mostUnits } from '../../plugins/shop/cart/limits.ts'
import {
  CartLimitExceeded,
  detailed,
  InsufficientStock,
  ProductNotFound
} from '../../plugins/kernel/errors/problems.ts'
import { failures, ref } from '../../plugins/kernel/http/schemas.ts'
import { findCartProducts } from './queries.ts'
import { AddItem, Cart, ItemParams, SetItem } from './schema.ts'
import { viewCart } from './view.ts'

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { carts } = fastify
  fastify.addSchema(Cart)
  fastify.addHook('onRequest', fastify.startSession)
  fastify.addHook('preHandler', fastify.adoptOldCart)

  const schema = {
    tags: ['Cart'],
    security: [{ session: [] }],
    response: { 200: ref(Cart), ...failures }
  }

  const config = { database: false }

  /** Without a session there is no cart, and nothing is asked. */
  const view = async (session: string) =>
    viewCart(fastify, session ? await carts.read(session) : undefined)

  fastify.get(
    '',
    { schema: { ...schema, operationId: 'getCart', summary: "The session's cart" } },
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
        body: AddItem
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
        params: ItemParams,
        body: SetItem
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
        response: { 204: Type.Null(), ...failures }
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
