import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { declined } from '../../plugins/shop/checkout/result.ts'
import { failures, IdempotencyKey, ref, refused } from '../../plugins/kernel/http/schemas.ts'
import { findOrder } from '../orders/queries.ts'
import { Address, Order } from '../orders/schema.ts'
import { newCheckout } from './schema.ts'

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { checkout, db, payments } = fastify
  for (const schema of [Address, Order]) fastify.addSchema(schema)
  fastify.addHook('onRequest', fastify.useSession)

  fastify.post(
    '',
    {
      config: fastify.checkoutLimit,
      schema: {
        operationId: 'checkout',
        tags: ['Checkout'],
        summary: 'Buys the cart, or the items of the body, once',
        security: [{ session: [] }],
        headers: IdempotencyKey,
        body: newCheckout(payments.token),
        response: {
          201: ref(Order),
          202: ref(Order),
          429: refused(
            'rate_limited; or too_many_reservations: too many orders of this session or address wait for their payment'
          ),
          ...failures
        }
      }
    },
    async (request, reply) => {
      const { session, ip, headers, body } = request
      const key = headers['idempotency-key']
      const { order_id, replayed } = await checkout.place({ session, ip, key, body })
      request.order_id = order_id
      const order = (await findOrder(db, order_id))!
      // It may have ended between the answer and this reading.
      if (order.status === 'cancelled' && !order.confirmed_at)
        throw declined(order.id, order.payment.failure_code ?? order.cancel_reason, replayed)
      if (replayed) reply.header('idempotency-replayed', 'true')
      return reply
        .code(order.confirmed_at ? 201 : 202)
        .header('location', `/api/v1/orders/${order_id}`)
        .send(order)
    }
  )
}

export default routes
