import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { failures, IdempotencyKey, ref, refused } from '../../plugins/kernel/http/schemas.ts'
import { Address } from '../_shared/address.ts'
import { Order } from '../orders/schema.ts'
import { viewOrder } from '../orders/view.ts'
import { newCheckout } from './schema.ts'
import { sentBody } from './sent-body.ts'

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { checkout, payments } = fastify
  for (const schema of [Address, Order]) fastify.addSchema(schema)
  fastify.addHook('onRequest', fastify.startSession)
  fastify.addHook('preHandler', fastify.adoptOldCart)
  await fastify.register(sentBody)

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
      const { session, ip, headers, body, sent } = request
      const key = headers['idempotency-key']
      const { kind, order } = await checkout.place({
        session,
        is_new_session: fastify.isNewSession(request),
        sessionOfPurchase: (hash) => key && fastify.sessionOfPurchase(request, key, hash),
        ip,
        key,
        body,
        sent
      })
      request.order_id = order.id
      request.session = order.session_id
      if (kind === 'replayed') reply.header('idempotency-replayed', 'true')
      return reply
        .code(order.confirmed_at ? 201 : 202)
        .header('location', `/api/v1/orders/${order.id}`)
        .send(viewOrder(order))
    }
  )
}

export default routes
