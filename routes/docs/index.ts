import reference from '@scalar/fastify-api-reference'
import type { FastifyPluginAsync } from 'fastify'

export const prefixOverride = ''

/** The API's document and a page to read it, which loads nothing from elsewhere. */
const routes: FastifyPluginAsync = async (fastify) => {
  const config = { rateLimit: false as const }

  fastify.get(
    '/openapi.json',
    {
      config,
      schema: { operationId: 'getOpenapi', tags: ['Operations'], summary: 'This document' }
    },
    async () => fastify.swagger()
  )

  fastify.addHook('onRoute', (route) => {
    route.config = { ...route.config, ...config }
  })
  await fastify.register(reference, {
    routePrefix: '/docs',
    configuration: {
      url: '/openapi.json',
      pageTitle: 'Holdfast API',
      withDefaultFonts: false,
      telemetry: false,
      // What would ask somebody else's servers.
      agent: { disabled: true },
      showDeveloperTools: 'never',
      hideClientButton: true
    }
  })
}

export default routes
