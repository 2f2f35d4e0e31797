import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { singleFlight } from '../../plugins/lib/single-flight.ts'
import { Figures } from './figures.ts'
import { alertsOf } from './alerts.ts'
import { gather, gatherHistory, type NodeFigures, type NodeHistory } from './gather.ts'
import { openMemory, type Sample } from './memory.ts'
import { readPage } from './_page/index.ts'

export const prefixOverride = '/ops'

const At = Type.String({ format: 'date-time' })
const Samples = Type.Array(Type.Object({ at: At, figures: Figures }))
const OpsHistory = Type.Object({
  nodes: Type.Array(Type.Object({ node: Type.String(), samples: Samples }))
})
const OpsMetrics = Type.Object({
  at: At,
  alerts: Type.Array(Type.Object({ alert: Type.String(), what: Type.String() })),
  nodes: Type.Array(
    Type.Object({
      node: Type.String(),
      up: Type.Boolean(),
      ms: Type.Number(),
      figures: Type.Unsafe<Figures | null>({ anyOf: [Figures, { type: 'null' }] })
    })
  )
})

/** The state of the whole system where there is no Grafana. Like `/metrics`, the proxy does not forward it from outside. */
const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const page = await readPage()
  const flights = singleFlight<NodeFigures[]>()
  const histories = singleFlight<NodeHistory[]>()
  const samples = openMemory(fastify)

  fastify.get('', { schema: { hide: true } }, async (_request, reply) =>
    reply
      .header('content-security-policy', page.policy)
      .header('cache-control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(page.html)
  )

  fastify.get(
    '/metrics',
    { schema: { hide: true, response: { 200: OpsMetrics } } },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store')
      // All open pages together ask each node once at a time.
      const nodes = await flights('all', () => gather(fastify))
      return { at: new Date().toISOString(), alerts: alertsOf(nodes, before(samples)), nodes }
    }
  )

  fastify.get(
    '/samples',
    { schema: { hide: true, response: { 200: Samples } } },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store')
      return samples
    }
  )

  fastify.get(
    '/history',
    { schema: { hide: true, response: { 200: OpsHistory } } },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store')
      return { nodes: await histories('all', () => gatherHistory(fastify, samples)) }
    }
  )
}

/** What Redis had counted at the beginning of the time that each alert looks at. */
function before(samples: Sample[]) {
  const figuresBefore = (minutes: number) => {
    const moment = new Date(Date.now() - minutes * 60_000).toISOString()
    return samples.find(({ at }) => at >= moment)?.figures
  }
  return {
    redis_evictions: figuresBefore(10)?.redis_evictions ?? null,
    redis_refused_writes: figuresBefore(5)?.redis_refused_writes ?? null
  }
}

export default routes
