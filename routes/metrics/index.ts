import type { FastifyPluginAsync } from 'fastify'
import { Type } from 'typebox'

export const prefixOverride = '/metrics'

/** For Prometheus; the proxy does not forward this path from outside. */
const routes: FastifyPluginAsync = async (fastify) => {
  const { registry } = fastify.metrics

  fastify.get(
    '',
    {
      schema: {
        operationId: 'getMetrics',
        tags: ['Operations'],
        summary: 'For Prometheus',
        response: { 200: { content: { 'text/plain': { schema: Type.String() } } } }
      }
    },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics())
  )
}

export default routes
