import cors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { allowedOrigin, exposedHeaders } from './allow-origin.ts'
import { isPreflight } from './preflight.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/**
 * Lets pages of the origins in CORS_ORIGINS call the API, with credentials; without that variable nothing is said to any.
 * A preflight is answered here, before limits and routes. OPTIONS that is no preflight is 405, as without this plugin.
 */
export default fp(
  async (fastify) => {
    const { CORS_ORIGINS } = fastify.config
    if (CORS_ORIGINS.length === 0) return
    const shared = { exposedHeaders, methods, strictPreflight: false, maxAge: 7200 }

    // Other sites may not embed what the API answers, but these origins may.
    fastify.addHook('onRequest', async (request, reply) => {
      if (allowedOrigin(CORS_ORIGINS, request.headers.origin) !== undefined)
        reply.header('cross-origin-resource-policy', 'cross-origin')
    })
    await fastify.register(cors, {
      delegator: async (request: FastifyRequest): Promise<FastifyCorsOptions> => {
        const preflight = isPreflight(request)
        const allowed = allowedOrigin(CORS_ORIGINS, request.headers.origin)
        if (allowed === undefined) return { ...shared, origin: preflight && [], preflight }
        return { ...shared, origin: allowed, credentials: allowed !== '*', preflight }
      }
    })
  },
  { name: 'cors', dependencies: ['config'] }
)
