import fp from 'fastify-plugin'
import cart from './cart/index.ts'
import checkout from './checkout/index.ts'
import failpoints from './checkout/failpoints.ts'
import pendingOrderLimit from './pending-order-limit/index.ts'
import payments from './payments/index.ts'
import reservation from './reservation/index.ts'
import unpaidOrderLimit from './unpaid-order-limit/index.ts'

/** What a shop does. The first six use nothing of each other, so their order does not matter. */
export default fp(
  async (fastify) => {
    await fastify.register(cart)
    await fastify.register(reservation)
    await fastify.register(payments)
    await fastify.register(failpoints)
    await fastify.register(pendingOrderLimit)
    await fastify.register(unpaidOrderLimit)
    // Last: it uses all the others.
    await fastify.register(checkout)
  },
  { name: 'shop', dependencies: ['kernel', 'storage'] }
)
