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
    // After both: a node that closes still relays the events of their last rounds.
    await fastify.register(outbox)
    // After the reconciler: one invariant calls its `compareCharges`.
    await fastify.register(invariants)
    // After the invariants: it checks them at intervals.
    await fastify.register(monitor)
  },
  { name: 'background', dependencies: ['shop'] }
)
