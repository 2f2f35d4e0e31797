import path from 'node:path'
import autoload from '@fastify/autoload'
import type { FastifyHttpOptions } from 'fastify'
import fp from 'fastify-plugin'
import type { Server } from 'node:http'
import background from './plugins/background/index.ts'
import http from './plugins/http/index.ts'
import { frameworkErrors } from './plugins/kernel/errors/bad-url.ts'
import { requestId } from './plugins/kernel/http/sent-request-id.ts'
import kernel, { type ConfigOptions } from './plugins/kernel/index.ts'
import { logging } from './plugins/kernel/logging/index.ts'
import { lazyLogger } from './plugins/kernel/logging/lazy-logger.ts'
import { RequestLog } from './plugins/kernel/logging/request-log.ts'
import { validators } from './plugins/kernel/validators.ts'
import observability from './plugins/observability/index.ts'
import shop from './plugins/shop/index.ts'
import storage from './plugins/storage/index.ts'

const requestTimeout = 15_000

/**
 * How long a request may take to arrive. Node reads these numbers when it makes the server. Fastify sets requestTimeout later
 * again; without headersTimeout, which has to be the smaller one, Node would then swap the two and wait for a minute.
 */
const timeouts = {
  requestTimeout,
  http: {
    headersTimeout: 10_000,
    requestTimeout,
    connectionsCheckingInterval: 2000,
    // 32 KB of headers, and the request line.
    maxHeaderSize: 33 * 1024,
    // plugins/kernel/http/well-formed.ts checks Host: Node's own refusal is no problem document.
    requireHostHeader: false
  }
}

/** The options that Fastify needs before any plugin: `Fastify(options)`, and `fastify start -o`. */
export const options = {
  // The proxy is on this machine; it overwrites X-Forwarded-For with the address of its client.
  trustProxy: ['127.0.0.1', '::1'],
  bodyLimit: 64 * 1024,
  // Longer than the proxy keeps its connections: else it might send a POST into a connection that the node is closing.
  keepAliveTimeout: 72_000,
  ...timeouts,
  // A node that closes answers requests that still arrive, with `connection: close`.
  return503OnClosing: false,
  routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
  genReqId: requestId,
  logger: logging,
  logController: new RequestLog(),
  childLoggerFactory: lazyLogger,
  frameworkErrors,
  // plugins/kernel/errors/index.ts listens, and answers with what the configuration says.
  clientErrorHandler: () => {},
  // The handler of errors makes the problem, of all parts of the request.
  schemaErrorFormatter: () => new Error('invalid'),
  schemaController: { compilersFactory: { buildValidator: validators } }
} satisfies FastifyHttpOptions<Server>

/** Holdfast: six groups of plugins, each of which uses only groups before it, then the routes that are composed of them. */
export default fp<ConfigOptions>(
  async (fastify, opts) => {
    await fastify.register(kernel, opts) // configuration, logs, errors, metrics, OpenAPI
    await fastify.register(storage) // primary, replicas, Redis, read your own writes, cache
    await fastify.register(http) // limits, API keys
    await fastify.register(shop) // cart, stock, payments, checkout
    await fastify.register(background) // payment resolver, outbox, reconciler, invariants
    await fastify.register(observability) // metrics of the servers, for Prometheus

    await fastify.register(autoload, {
      dir: path.join(import.meta.dirname, 'routes'),
      // A folder whose name begins with an underscore holds no routes.
      ignorePattern: /(^|\/)_/,
      options: { prefix: '/api/v1' }
    })
    fastify.answerOtherMethods()
  },
  { name: 'holdfast', fastify: '5.x' }
)
