import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ProductNotFound } from '../../plugins/kernel/errors/problems.ts'
import { Int64, ProductId } from '../../plugins/kernel/http/schemas.ts'
import { forCatalog } from '../../plugins/kernel/openapi/operation.ts'
import { productKey } from '../../plugins/storage/cache/keys.ts'
import { readLive } from '../products/live.ts'
import { readProduct } from '../products/read.ts'

const Availability = Type.Object(
  {
    product_id: ProductId,
    quantity: Int64({ description: 'Units that can be sold now.' }),
    in_stock: Type.Boolean({ description: 'Whether any can be sold now.' })
  },
  { title: 'Availability', description: 'What can be sold of a product.' }
)

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.get(
    '/:product_id',
    {
      config: { counts_with_answer: true },
      schema: {
        ...forCatalog,
        operationId: 'getAvailability',
        summary: 'How many units of a product can be sold',
        description: 'Live stock, never from the cache.',
        errors: [ProductNotFound],
        params: Type.Object({ product_id: ProductId }),
        response: { 200: Availability }
      }
    },
    async ({ params, admitted }, reply) => {
      const product_id = params.product_id.toLowerCase()
      const read = () => readProduct(fastify, product_id, admitted)
      const { state, numbers } = await readLive(fastify, productKey(product_id), read, admitted)
      if (!numbers) throw new ProductNotFound(product_id)
      const quantity = numbers[0]!
      return reply.sendCatalog(
        JSON.stringify({ product_id, quantity, in_stock: quantity > 0 }),
        state
      )
    }
  )
}

export default routes
