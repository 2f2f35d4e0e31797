import type { FastifyPluginAsync } from 'fastify'

export const prefixOverride = '/metrics'

/**
 * For Prometheus, which asks each node. The proxy does not forward this path from outside, so the OpenAPI document, which is
 * read and tried through the proxy, leaves it out.
 */
const routes: FastifyPluginAsync = async (fastify) => {
  const { registry } = fastify.metrics

  fastify.get('', { schema: { hide: true } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics())
  )
}

export default routes
