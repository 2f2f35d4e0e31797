import path from 'node:path'
import autoload from '@fastify/autoload'
import helmet from '@fastify/helmet'
import type { FastifyHttpOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { Server } from 'node:http'
import { answerBadRequest, frameworkErrors } from './plugins/kernel/errors/raw.ts'
import { validators } from './plugins/kernel/validators.ts'
import adminKeys from './plugins/http/admin-keys.ts'
import auditor from './plugins/background/invariants/auditor.ts'
import backups from './plugins/observability/backups.ts'
import bodies from './plugins/kernel/bodies.ts'
import cache from './plugins/storage/cache/index.ts'
import catalogAnswer from './plugins/http/catalog-answer.ts'
import cart from './plugins/shop/cart/index.ts'
import checkout from './plugins/shop/checkout/index.ts'
import config, { type ConfigOptions } from './plugins/kernel/config.ts'
import consistency from './plugins/storage/consistency/index.ts'
import doubts from './plugins/shop/doubts/index.ts'
import databaseMetrics from './plugins/storage/database-metrics/index.ts'
import draining from './plugins/kernel/draining.ts'
import errors from './plugins/kernel/errors/index.ts'
import failpoints from './plugins/shop/checkout/failpoints.ts'
import heartbeat from './plugins/storage/heartbeat.ts'
import invariants from './plugins/background/invariants/index.ts'
import { logging } from './plugins/kernel/logging/index.ts'
import requestLog, { RequestLog } from './plugins/kernel/logging/request-log.ts'
import methods from './plugins/http/methods.ts'
import metrics from './plugins/kernel/metrics.ts'
import monitoring from './plugins/observability/servers/index.ts'
import openapi from './plugins/kernel/openapi/index.ts'
import outbox from './plugins/background/outbox/index.ts'
import overload from './plugins/http/overload.ts'
import payments from './plugins/shop/payments/index.ts'
import postgres from './plugins/storage/postgres.ts'
import rateLimit from './plugins/http/rate-limit/index.ts'
import reads from './plugins/storage/reads.ts'
import reconciler from './plugins/background/reconciler/index.ts'
import redis from './plugins/storage/redis.ts'
import replicas from './plugins/storage/replicas/index.ts'
import requestIds, { requestId } from './plugins/kernel/request-id.ts'
import reservation from './plugins/shop/reservation/index.ts'
import resolver from './plugins/background/resolver.ts'
import session from './plugins/kernel/session.ts'

/** What Fastify has to know before the kernel: `Fastify(options)`, and `fastify start -o`. */
export const options = {
  // The door is on this machine; it overwrites X-Forwarded-For with who it sees.
  trustProxy: ['127.0.0.1', '::1'],
  bodyLimit: 64 * 1024,
  // Longer than the door keeps its connections: else it would send a POST into one that we are closing.
  keepAliveTimeout: 72_000,
  requestTimeout: 15_000,
  // A node that closes answers what still arrives, and asks for no more on that connection.
  return503OnClosing: false,
  routerOptions: { maxParamLength: 200 },
  genReqId: requestId,
  logger: logging,
  logController: new RequestLog(),
  frameworkErrors,
  clientErrorHandler: answerBadRequest,
  schemaController: { compilersFactory: { buildValidator: validators } }
} satisfies FastifyHttpOptions<Server>

/** The kernel: every capability in order, then the routes that are composed of them. */
export default fp<ConfigOptions>(
  async (fastify, opts) => {
    await fastify.register(config, opts)
    await fastify.register(draining)
    await fastify.register(requestLog)
    await fastify.register(errors)
    await fastify.register(bodies)
    await fastify.register(requestIds)
    await fastify.register(metrics)
    await fastify.register(overload)
    await fastify.register(helmet, { contentSecurityPolicy: false })
    await fastify.register(openapi)

    await fastify.register(databaseMetrics)
    await fastify.register(postgres)
    await fastify.register(heartbeat)
    await fastify.register(backups)
    await fastify.register(replicas)
    await fastify.register(redis)
    await fastify.register(monitoring)

    await fastify.register(rateLimit)
    await fastify.register(session)
    await fastify.register(consistency)
    await fastify.register(reads)
    await fastify.register(adminKeys)
    await fastify.register(cache)
    await fastify.register(catalogAnswer)
    await fastify.register(cart)
    await fastify.register(reservation)
    await fastify.register(payments)
    await fastify.register(failpoints)
    await fastify.register(doubts)
    await fastify.register(checkout)
    await fastify.register(resolver)
    await fastify.register(reconciler)
    await fastify.register(outbox)
    await fastify.register(invariants)
    await fastify.register(auditor)

    await fastify.register(methods)
    await fastify.register(autoload, {
      dir: path.join(import.meta.dirname, 'routes'),
      options: { prefix: '/api/v1' }
    })
    fastify.answerOtherMethods()
  },
  { name: 'kernel', fastify: '5.x' }
)
