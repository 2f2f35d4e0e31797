import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { adminPath } from '../../kernel/cache-control/set-caching.ts'
import { isPreflight } from '../../kernel/cors/preflight.ts'
import { RateLimited } from '../../kernel/errors/problems.ts'
import { clientNetworkOf } from '../../lib/client-network.ts'
import { bucketStore } from './bucket-store.ts'
import { openMetrics } from './metrics.ts'

type Limit = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

declare module 'fastify' {
  interface FastifyInstance {
    /** The route option that puts a route under the limit for checkouts instead of the general one. */
    checkoutLimit: { rateLimit: { max: number; groupId: string } | false }
    /** Counts a request of the admin routes by its client's address, as those of buyers. @throws RateLimited */
    limitClient: Limit
    /** Counts a request of the admin routes by its API key. @throws RateLimited */
    limitKey: Limit
  }
}

const windowMs = 60_000

/**
 * Limits the requests of an IP address, and those of an API key. All nodes share one bucket for each: it holds the requests of
 * a minute and refills steadily. Without Redis nothing is limited. Covers the API and not the operations (health, metrics, docs).
 */
export default fp(
  async (fastify) => {
    const { RATE_LIMIT_ADMIN, RATE_LIMIT_API, RATE_LIMIT_CHECKOUT } = fastify.config
    const isOn = RATE_LIMIT_API > 0
    const { limited } = openMetrics(fastify.metrics.registry)

    await fastify.register(rateLimit, {
      global: isOn,
      max: RATE_LIMIT_API,
      timeWindow: windowMs,
      keyGenerator: ({ ip }) => clientNetworkOf(ip),
      allowList: (request) => !isBuyers(request),
      enableDraftSpec: true,
      skipOnError: true,
      store: bucketStore(fastify.redis),
      errorResponseBuilder: () => new RateLimited(),
      onExceeded: ({ routeOptions: { config } }) =>
        limited.inc({ limit: config?.rateLimit ? 'checkout' : 'api' })
    })
    fastify.decorate('checkoutLimit', {
      rateLimit: isOn &&
        RATE_LIMIT_CHECKOUT > 0 && { max: RATE_LIMIT_CHECKOUT, groupId: ':checkout' }
    })

    // The hook of an admin route knows only after it has looked for the key which of the two limits counts.
    const byClient = fastify.createRateLimit({ allowList: [] })
    const byKey = fastify.createRateLimit({
      allowList: [],
      max: RATE_LIMIT_ADMIN,
      keyGenerator: ({ api_key }) => `key:${api_key}`
    })
    fastify.decorate('limitClient', async (request, reply) => {
      if (isOn) tell(reply, await byClient(request), () => limited.inc({ limit: 'api' }))
    })
    fastify.decorate('limitKey', async (request, reply) => {
      if (isOn && RATE_LIMIT_ADMIN > 0)
        tell(reply, await byKey(request), () => limited.inc({ limit: 'admin' }))
    })
  },
  { name: 'rate-limit', dependencies: ['config', 'redis', 'errors', 'metrics'] }
)

/** Admin routes count for themselves (api-keys.ts). A preflight is the browser's request, not the client's. */
function isBuyers(request: FastifyRequest) {
  const { url = '' } = request.routeOptions
  return url.startsWith('/api/') && !adminPath.test(url) && !isPreflight(request)
}

type Count = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>

/** Says in the headers what a limit allows, as the hook of @fastify/rate-limit does. @throws RateLimited */
function tell(reply: FastifyReply, count: Count, onExceeded: () => void) {
  if (count.isAllowed) return
  const { max, remaining, ttlInSeconds, isExceeded } = count
  reply.headers({
    'ratelimit-limit': max,
    'ratelimit-remaining': remaining,
    'ratelimit-reset': ttlInSeconds
  })
  if (!isExceeded) return
  onExceeded()
  reply.header('retry-after', ttlInSeconds)
  throw new RateLimited()
}
