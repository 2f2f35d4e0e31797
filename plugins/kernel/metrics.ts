import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { buckets } from './histogram-buckets.ts'
import { onClientDisconnect } from './http/client-disconnect.ts'
import { syncHook } from './http/sync-hook.ts'

export type Metrics = { registry: Registry }

declare module 'fastify' {
  interface FastifyInstance {
    /** What `GET /metrics` shows. Each plugin registers its own metrics, in its `metrics.ts`. */
    metrics: Metrics
  }
}

export default fp(
  async (fastify) => {
    // A registry of its own: tests run several nodes in one process.
    const registry = new Registry()
    const registers = [registry]
    // They include the delay of the event loop.
    collectDefaultMetrics({ register: registry })
    new Gauge({
      name: 'holdfast_build_info',
      help: 'Always 1; what runs here',
      labelNames: ['version', 'node'],
      registers
    }).set({ version: versionOf(), node: process.version }, 1)

    const requests = new Histogram({
      name: 'holdfast_http_request_duration_seconds',
      help: 'Time to answer, by method, route template and status; good: reads under 0.2, checkouts under 2',
      labelNames: ['method', 'route', 'status'],
      buckets,
      registers
    })
    const observe = (request: FastifyRequest, reply: FastifyReply) => {
      const route = request.routeOptions.url ?? 'none'
      requests.observe(
        { method: request.method, route, status: reply.statusCode },
        reply.elapsedTime / 1000
      )
    }

    countRequests(fastify, registers)
    fastify.addHook('onResponse', syncHook(observe))
    onClientDisconnect(fastify, observe)

    fastify.decorate('metrics', { registry })
  },
  { name: 'metrics' }
)

/** Connections and requests of this node at the moment. */
function countRequests(fastify: FastifyInstance, registers: Registry[]) {
  const inFlight = new Gauge({
    name: 'holdfast_http_requests_in_flight',
    help: 'Requests that are being answered; good: far below 100',
    registers
  })
  const connections = new Gauge({
    name: 'holdfast_http_connections',
    help: 'Open connections to this node; the proxy keeps 32 a worker',
    registers
  })
  // By connection, since no hook runs for every client that disconnects before its response.
  const asked = new WeakMap<Socket, number>()
  const count = (socket: Socket, now: number) => {
    inFlight.inc(now - (asked.get(socket) ?? 0))
    asked.set(socket, now)
  }
  fastify.server.on('connection', (socket) => {
    connections.inc()
    socket.once('close', () => {
      connections.dec()
      count(socket, 0)
    })
  })
  fastify.addHook(
    'onRequest',
    syncHook(({ raw: { socket } }) => {
      if (!socket.destroyed) count(socket, (asked.get(socket) ?? 0) + 1)
    })
  )
  fastify.addHook(
    'onResponse',
    syncHook(({ raw: { socket } }) => count(socket, Math.max(0, (asked.get(socket) ?? 0) - 1)))
  )
}

function versionOf(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
