import helmet from '@fastify/helmet'
import fp from 'fastify-plugin'
import jsonBody from './json-body.ts'
import config, { type ConfigOptions } from './config.ts'
import draining from './draining.ts'
import errors from './errors/index.ts'
import requestLog from './logging/request-log.ts'
import metrics from './metrics.ts'
import openapi from './openapi/index.ts'
import requestIds from './request-id.ts'
import session from './session.ts'

export type { ConfigOptions } from './config.ts'

/** What every node has before it has a database: configuration, logs, errors, metrics, OpenAPI, and what a request is. */
export default fp<ConfigOptions>(
  async (fastify, options) => {
    // First: everything else reads it.
    await fastify.register(config, options)
    // preClose hooks run in the order of registration: readiness says 503 before anything else begins to stop.
    await fastify.register(draining)
    // Before errors and every route: a request that fails early has its line in the log too.
    await fastify.register(requestLog)
    await fastify.register(errors)
    await fastify.register(jsonBody)
    await fastify.register(requestIds)
    await fastify.register(session)
    // Its hooks count requests, so it stands before the hooks that refuse some.
    await fastify.register(metrics)
    // Scalar's page brings a policy of its own (routes/docs).
    await fastify.register(helmet, { contentSecurityPolicy: false })
    // It collects routes as they are registered: before all of them.
    await fastify.register(openapi)
  },
  { name: 'kernel' }
)
