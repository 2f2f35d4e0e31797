import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { failures, IdempotencyKey, ref } from '../../plugins/kernel/http/schemas.ts'
import { changeCart } from './change.ts'
import { AddItems, Cart, ItemParams, SetItem } from './schema.ts'
import { viewCart } from './view.ts'
import { onceOf, wantedLines } from './wanted.ts'

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
        summary: 'Adds units of a product, or several products; once with an Idempotency-Key',
        headers: IdempotencyKey,
        body: AddItems
      }
    },
    async ({ session, headers, body }, reply) => {
      const lines = wantedLines(body)
      const once = onceOf(headers['idempotency-key'], lines)
      // A repeat is answered before the checks: the product may have been sold out meanwhile.
      const isRepeat =
        (once && (await carts.isRepeat(session, once))) ||
        (await changeCart(fastify, session, { mode: 'add', lines, once }))
      if (isRepeat) reply.header('idempotency-replayed', 'true')
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
      const product_id = params.product_id.toLowerCase()
      const lines = [{ product_id, quantity: body.quantity }]
      if (body.quantity === 0) await remove(session, product_id)
      else await changeCart(fastify, session, { mode: 'set', lines })
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

  // A line can be removed when its product has no stock, or is not for sale any more.
  const remove = (session: string, product_id: string) =>
    carts.change(session, { mode: 'set', lines: [{ product_id, quantity: 0, available: 0 }] })
}

export default routes
