import fp from 'fastify-plugin'
import cart from './cart/index.ts'
import checkout from './checkout/index.ts'
import failpoints from './checkout/failpoints.ts'
import orderBatches from './checkout/batches.ts'
import pendingOrderLimit from './pending-order-limit/index.ts'
import paymentsIdentity from './payments/identity.ts'
import payments from './payments/index.ts'
import productLookup from './product-lookup.ts'
import reservation from './reservation/index.ts'
import unpaidOrderLimit from './unpaid-order-limit/index.ts'

/** What a shop does. The order of the first nine does not matter, but that the identity is checked after the payments. */
export default fp(
  async (fastify) => {
    await fastify.register(productLookup)
    await fastify.register(cart)
    await fastify.register(reservation)
    await fastify.register(payments)
    await fastify.register(paymentsIdentity)
    await fastify.register(failpoints)
    await fastify.register(orderBatches)
    await fastify.register(pendingOrderLimit)
    await fastify.register(unpaidOrderLimit)
    // Last: it uses all the others.
    await fastify.register(checkout)
  },
  { name: 'shop', dependencies: ['kernel', 'storage'] }
)
