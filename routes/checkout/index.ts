import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { IdempotencyKey } from '../../plugins/kernel/http/schemas.ts'
import {
  CartChanged,
  CartEmpty,
  CartLimitExceeded,
  CartUnavailable,
  CheckoutInProgress,
  CurrencyMismatch,
  IdempotencyKeyRequired,
  IdempotencyKeyReused,
  InsufficientStock,
  PaymentDeclined,
  PaymentFailed,
  ProductNotFound,
  TooManyReservations,
  TooManyUnpaidOrders
} from '../../plugins/kernel/errors/problems.ts'
import { forGuests } from '../../plugins/kernel/openapi/operation.ts'
import { Order } from '../orders/schema.ts'
import { viewOrder } from '../orders/view.ts'
import { anyToken } from './any-token.ts'
import { newCheckout } from './schema.ts'
import { sentBody } from './sent-body.ts'

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { checkout, payments } = fastify
  fastify.addHook('onRequest', fastify.startSession)
  await fastify.register(anyToken)
  fastify.addHook('preHandler', fastify.adoptOldCart)
  await fastify.register(sentBody)

  fastify.post(
    '',
    {
      config: { limit: 'checkout' },
      attachValidation: true,
      schema: {
        ...forGuests('Checkout'),
        operationId: 'checkout',
        summary: 'Buys the cart, or the items of the body, once',
        description:
          '201: paid. 202: the answer of the payment provider is unknown; the stock is held, and the order ends `confirmed` or ' +
          '`cancelled` by itself: poll `Location`. 402: an order was placed and is cancelled. After any other error no order was ' +
          'placed, or the purchase is being worked on. Send an `Idempotency-Key`, and repeat with the same key when no answer came: ' +
          'nothing is charged twice.',
        errors: [
          IdempotencyKeyRequired,
          PaymentDeclined,
          PaymentFailed,
          ProductNotFound,
          InsufficientStock,
          CartChanged,
          CheckoutInProgress,
          CartEmpty,
          CartLimitExceeded,
          CurrencyMismatch,
          IdempotencyKeyReused,
          TooManyReservations,
          TooManyUnpaidOrders,
          CartUnavailable
        ],
        sends: ['Location', 'Idempotency-Replayed'],
        headers: IdempotencyKey,
        body: newCheckout(payments.token),
        response: {
          201: Order,
          202: Order
        }
      }
    },
    async (request, reply) => {
      const { session, ip, headers, body, sent, token_fault } = request
      const key = headers['idempotency-key']
      const result = await checkout.place({
        session,
        is_new_session: fastify.isNewSession(request),
        sessionOfPurchase: (hash) => key && fastify.sessionOfPurchase(request, key, hash),
        ip,
        key,
        body,
        sent,
        token_fault
      })
      const { order } = result
      request.order_id = order.id
      request.session = order.session_id
      if (result.kind === 'placed') request.written = result.lsn
      else reply.header('idempotency-replayed', 'true')
      return reply
        .code(order.confirmed_at ? 201 : 202)
        .header('location', `/api/v1/orders/${order.id}`)
        .send(viewOrder(order))
    }
  )
}

export default routes
