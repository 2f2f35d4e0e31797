import fp from 'fastify-plugin'
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client'

export type Metrics = {
  registry: Registry
  /** Orders placed by this node, by how their payment ended. */
  checkouts: Counter<'outcome'>
  /** Charges that this node found for orders that had ended. */
  lateCharges: Counter
}

declare module 'fastify' {
  interface FastifyInstance {
    /** What `GET /metrics` shows. */
    metrics: Metrics
  }
}

export default fp(
  async (fastify) => {
    // A registry of its own: tests run several nodes in one process.
    const registry = new Registry()
    collectDefaultMetrics({ register: registry })
    const requests = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time to answer, by method, route template and status',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry]
    })
    const checkouts = new Counter({
      name: 'holdfast_checkouts_total',
      help: 'Orders placed by this node, by how their payment ended',
      labelNames: ['outcome'],
      registers: [registry]
    })
    const lateCharges = new Counter({
      name: 'holdfast_late_charges_total',
      help: 'Charges found after their order had ended, by this node; each is given back',
      registers: [registry]
    })

    fastify.addHook('onResponse', async (request, reply) => {
      const route = request.routeOptions.url ?? 'none'
      requests.observe(
        { method: request.method, route, status: reply.statusCode },
        reply.elapsedTime / 1000
      )
    })

    fastify.decorate('metrics', { registry, checkouts, lateCharges })
  },
  { name: 'metrics' }
)
