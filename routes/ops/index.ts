import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { singleFlight } from '../../plugins/lib/single-flight.ts'
import { Figures } from './figures.ts'
import { gather, type NodeFigures } from './gather.ts'
import { readPage } from './_page/index.ts'

export const prefixOverride = '/ops'

const OpsMetrics = Type.Object({
  at: Type.String({ format: 'date-time' }),
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
      return { at: new Date().toISOString(), nodes: await flights('all', () => gather(fastify)) }
    }
  )
}

export default routes
