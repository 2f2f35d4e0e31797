import reference from '@scalar/fastify-api-reference'
import type { FastifyPluginAsync } from 'fastify'

export const prefixOverride = ''

const policy =
  "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'none'"

/** The OpenAPI document and a page to read it. The page loads nothing from other servers. */
const routes: FastifyPluginAsync = async (fastify) => {
  fastify.get(
    '/openapi.json',
    {
      schema: { operationId: 'getOpenapi', tags: ['Operations'], summary: 'This document' }
    },
    async () => fastify.swagger()
  )

  // The browser lets the page's script send requests to this server only.
  fastify.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', policy)
  })

  await fastify.register(reference, {
    routePrefix: '/docs',
    configuration: {
      url: '/openapi.json',
      pageTitle: 'Holdfast API',
      withDefaultFonts: false,
      telemetry: false,
      // These features would send requests to other servers.
      agent: { disabled: true },
      showDeveloperTools: 'never',
      hideClientButton: true
    }
  })
}

export default routes
