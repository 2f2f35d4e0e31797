import { readFileSync } from 'node:fs'
import fp from 'fastify-plugin'
import { openMetrics, type CheckoutMetrics } from './checkout/metrics.ts'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

export type Metrics = {
  registry: Registry
  /** Orders placed by this node, by how their payment ended. */
  checkouts: Counter<'outcome'>
  /** Charges that this node found for orders that had ended. */
  lateCharges: Counter
  /** What becomes of checkouts, orders and units. */
  checkout: CheckoutMetrics
}

declare module 'fastify' {
  interface FastifyInstance {
    /** What `GET /metrics` shows. */
    metrics: Metrics
  }
}

/** Where most answers are, and what is promised: 100 ms, 200 ms, 500 ms, 2 s. */
export const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]

export default fp(
  async (fastify) => {
    // A registry of its own: tests run several nodes in one process.
    const registry = new Registry()
    const registers = [registry]
    // Among them the delay of the event loop.
    collectDefaultMetrics({ register: registry })
    new Gauge({
      name: 'holdfast_build_info',
      help: 'Always 1; what runs here',
      labelNames: ['version', 'node'],
      registers
    }).set({ version: versionOf(), node: process.version }, 1)

    const checkouts = new Counter({
      name: 'holdfast_checkouts_total',
      help: 'Orders placed by this node, by how their payment ended; most should be confirmed',
      labelNames: ['outcome'],
      registers
    })
    for (const outcome of ['confirmed', 'cancelled', 'unknown']) checkouts.inc({ outcome }, 0)
    const lateCharges = new Counter({
      name: 'holdfast_late_charges_total',
      help: 'Charges found after their order had ended, by this node; each is given back. Near 0 is good',
      registers
    })

    const requests = new Histogram({
      name: 'holdfast_http_request_duration_seconds',
      help: 'Time to answer, by method, route template and status; good: reads under 0.2, checkouts under 2',
      labelNames: ['method', 'route', 'status'],
      buckets,
      registers
    })
    const inFlight = new Gauge({
      name: 'holdfast_http_requests_in_flight',
      help: 'Requests that are being answered; good: far below 100',
      registers
    })
    const connections = new Gauge({
      name: 'holdfast_http_connections',
      help: 'Open connections to this node; the door keeps 32 a worker of its own',
      registers
    })
    fastify.server.on('connection', (socket) => {
      connections.inc()
      socket.once('close', () => connections.dec())
    })

    fastify.addHook('onRequest', async () => inFlight.inc())
    fastify.addHook('onResponse', async (request, reply) => {
      inFlight.dec()
      const route = request.routeOptions.url ?? 'none'
      requests.observe(
        { method: request.method, route, status: reply.statusCode },
        reply.elapsedTime / 1000
      )
    })

    fastify.decorate('metrics', {
      registry,
      checkouts,
      lateCharges,
      checkout: openMetrics(registry)
    })
  },
  { name: 'metrics' }
)

function versionOf(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
