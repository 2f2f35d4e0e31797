import reference from '@scalar/fastify-api-reference'
import type { FastifyPluginAsync } from 'fastify'

export const prefixOverride = ''

const policy =
  "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'none'"

/** The API's document and a page to read it, which loads nothing from elsewhere. */
const routes: FastifyPluginAsync = async (fastify) => {
  fastify.get(
    '/openapi.json',
    {
      schema: { operationId: 'getOpenapi', tags: ['Operations'], summary: 'This document' }
    },
    async () => fastify.swagger()
  )

  // Whatever the page's script thinks of: the browser lets it ask nobody else.
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
      // What would ask somebody else's servers.
      agent: { disabled: true },
      showDeveloperTools: 'never',
      hideClientButton: true
    }
  })
}

export default routes
