import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ProductNotFound } from '../../plugins/kernel/errors/problems.ts'
import { failures, Uuid } from '../../plugins/kernel/http/schemas.ts'
import { readProduct } from '../products/read.ts'

const Availability = Type.Object({
  product_id: Uuid,
  quantity: Type.Integer(),
  in_stock: Type.Boolean()
})

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.get(
    '/:product_id',
    {
      schema: {
        operationId: 'getAvailability',
        tags: ['Catalog'],
        summary: 'How many units of a product can be sold',
        params: Type.Object({ product_id: Uuid }),
        response: { 200: Availability, ...failures }
      }
    },
    async ({ params }, reply) => {
      const product_id = params.product_id.toLowerCase()
      const { body, state } = await readProduct(fastify, product_id)
      if (body === undefined) throw new ProductNotFound(product_id)
      const quantity = (await fastify.reservation.available([product_id])).get(product_id) ?? 0
      return reply.sendCatalog(
        JSON.stringify({ product_id, quantity, in_stock: quantity > 0 }),
        state
      )
    }
  )
}

export default routes
