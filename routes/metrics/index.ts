import type { FastifyPluginAsync } from 'fastify'

export const prefixOverride = '/metrics'

/** For Prometheus; the door does not let it out. */
const routes: FastifyPluginAsync = async (fastify) => {
  const { registry } = fastify.metrics

  fastify.get(
    '',
    { config: { rateLimit: false }, schema: { hide: true } },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics())
  )
}

export default routes
