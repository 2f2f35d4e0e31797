import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { adminPath } from '../../kernel/cache-control/set-caching.ts'
import { isPreflight } from '../../kernel/cors/preflight.ts'
import { RateLimited } from '../../kernel/errors/problems.ts'
import { clientNetworkOf } from '../../lib/client-network.ts'
import { admit, awaitAdmission } from './admission.ts'
import { bucketStore } from './bucket-store.ts'
import { openMetrics } from './metrics.ts'

type Limit = (request: FastifyRequest, reply: FastifyReply) => Promise<void>

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts a request by its client's address. @throws RateLimited */
    limitClient: Limit
    /** Counts a request of the admin routes by its API key. @throws RateLimited */
    limitKey: Limit
  }
  interface FastifyContextConfig {
    /** Which limit counts the requests of a route, where it is not the one that its path says. */
    limit?: 'api' | 'checkout'
  }
}

const windowMs = 60_000

/**
 * Limits the requests of an IP address, and those of an API key. All nodes share one bucket for each: it holds the requests of
 * a minute and refills steadily. Without Redis nothing is limited. Covers everything but the operations (health, metrics, docs),
 * and counts before any other hook can refuse a request: a refusal is work too.
 */
export default fp(
  async (fastify) => {
    const { RATE_LIMIT_ADMIN, RATE_LIMIT_API, RATE_LIMIT_CHECKOUT } = fastify.config
    const { limited } = openMetrics(fastify.metrics.registry)
    await fastify.register(rateLimit, {
      global: false,
      timeWindow: windowMs,
      skipOnError: true,
      store: bucketStore(fastify.redis, fastify.questions)
    })

    const byClient = limiter('api', RATE_LIMIT_API, networkOf)
    const byBuyer = limiter('checkout', RATE_LIMIT_CHECKOUT, (request) => {
      return `${networkOf(request)}:checkout`
    })
    fastify.decorate('limitClient', byClient)
    fastify.decorate(
      'limitKey',
      limiter('admin', RATE_LIMIT_ADMIN, ({ api_key }) => `key:${api_key}`)
    )
    fastify.decorateRequest('admitted', undefined)
    if (RATE_LIMIT_API > 0) {
      fastify.addHook('onRequest', async (request, reply) => {
        const limit = limitOf(request)
        if (limit === 'checkout') await byBuyer(request, reply)
        else if (limit === 'api') await admit(request, byClient(request, reply))
      })
      fastify.addHook('onSend', awaitAdmission)
    }

    function limiter(
      limit: string,
      max: number,
      keyGenerator: (request: FastifyRequest) => string
    ) {
      if (RATE_LIMIT_API === 0 || max === 0) return async () => {}
      const count = fastify.createRateLimit({ max, keyGenerator })
      return async (request: FastifyRequest, reply: FastifyReply) =>
        tell(reply, await count(request), () => limited.inc({ limit }))
    }
  },
  { name: 'rate-limit', dependencies: ['config', 'redis', 'questions', 'errors', 'metrics'] }
)

const networkOf = ({ ip }: FastifyRequest) => clientNetworkOf(ip)

/** Admin routes count for themselves (api-keys.ts). A preflight is the browser's request, not the client's. */
function limitOf(request: FastifyRequest): 'api' | 'checkout' | undefined {
  const { url = '', config } = request.routeOptions
  if (isPreflight(request)) return undefined
  if (config.limit) return config.limit
  const isKnown = url !== '' && url !== '*'
  return isKnown && (!url.startsWith('/api/') || adminPath.test(url)) ? undefined : 'api'
}

type Count = Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>

/** Says in the headers what a limit allows. @throws RateLimited */
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
