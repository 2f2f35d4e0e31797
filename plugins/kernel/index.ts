import fp from 'fastify-plugin'
import cacheControl from './cache-control/index.ts'
import config, { type ConfigOptions } from './config.ts'
import cors from './cors/index.ts'
import draining from './draining.ts'
import errors from './errors/index.ts'
import clientAddress from './http/client-address.ts'
import closedInputs from './http/closed-inputs.ts'
import head from './http/head.ts'
import wellFormed from './http/well-formed.ts'
import jsonBody from './json-body.ts'
import requestLog from './logging/request-log.ts'
import metrics from './metrics.ts'
import openapi from './openapi/index.ts'
import requestIds from './request-id.ts'
import securityHeaders from './security-headers.ts'
import session from './session/index.ts'

export type { ConfigOptions } from './config.ts'

/** The basis of every node, without any server: configuration, logs, errors, metrics, OpenAPI, CORS, sessions. */
export default fp<ConfigOptions>(
  async (fastify, options) => {
    // First: the other plugins read it.
    await fastify.register(config, options)
    // preClose hooks run in the order of registration: readiness says 503 before any other plugin begins to stop.
    await fastify.register(draining)
    // Before errors and every route: a request that fails early has its log line too.
    await fastify.register(requestLog)
    await fastify.register(errors)
    await fastify.register(jsonBody)
    await fastify.register(requestIds)
    await fastify.register(cacheControl)
    await fastify.register(clientAddress)
    await fastify.register(wellFormed)
    await fastify.register(head)
    await fastify.register(closedInputs)
    await fastify.register(session)
    // Before hooks that refuse requests: its hooks count refused requests too.
    await fastify.register(metrics)
    await fastify.register(securityHeaders)
    // After the security headers, one of whose headers it changes; before hooks that refuse requests: no preflight is refused or counted.
    await fastify.register(cors)
    // Before all routes: it collects them as they are registered.
    await fastify.register(openapi)
  },
  { name: 'kernel' }
)
