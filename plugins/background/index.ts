import fp from 'fastify-plugin'
import monitor from './invariants/monitor.ts'
import invariants from './invariants/index.ts'
import outbox from './outbox/index.ts'
import reconciler from './reconciler/index.ts'
import paymentResolver from './payment-resolver.ts'

/**
 * What runs by itself, on every node, without a leader. A node that closes stops these in the order of their registration,
 * each after the round under way.
 */
export default fp(
  async (fastify) => {
    await fastify.register(paymentResolver)
    await fastify.register(reconciler)
    await fastify.register(outbox)
    // One of them is that the reconciler finds nothing.
    await fastify.register(invariants)
    await fastify.register(monitor)
  },
  { name: 'background', dependencies: ['shop'] }
)
