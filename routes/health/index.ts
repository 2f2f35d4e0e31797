import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { openServerChecks, type Answers } from './servers.ts'

export const prefixOverride = '/health'

const Check = Type.Enum(['up', 'down'], { type: 'string' })

const Readiness = Type.Object({
  status: Type.Enum(['ready', 'degraded', 'unavailable', 'draining'], { type: 'string' }),
  checks: Type.Object({
    primary: Check,
    replicas: Type.Array(Check),
    redis: Check,
    /** Where the cache has a Redis of its own. */
    cache: Type.Optional(Check)
  }),
  /** Servers that answer and take no writes: Redis without memory, a read-only primary. */
  refuse_writes: Type.Array(Type.Enum(['primary', 'redis'], { type: 'string' }))
})

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { cacheRedis, redis } = fastify
  const askServers = openServerChecks(fastify)

  fastify.get(
    '/live',
    {
      schema: {
        operationId: 'getLiveness',
        tags: ['Operations'],
        summary: 'Does the process serve?',
        response: { 200: Type.Object({ status: Type.Enum(['live'], { type: 'string' }) }) }
      }
    },
    async () => ({ status: 'live' as const })
  )

  fastify.get(
    '/ready',
    {
      schema: {
        operationId: 'getReadiness',
        tags: ['Operations'],
        summary: 'Should this node get requests?',
        response: { 200: Readiness, 503: Readiness }
      }
    },
    async (_request, reply) => {
      const answers = await askServers()
      const checks = {
        primary: stateOf(answers.primary),
        replicas: fastify.replicaStates(),
        redis: stateOf(answers.redis),
        ...(cacheRedis !== redis && { cache: stateOf(answers.cache) })
      }
      const refuse_writes = (['primary', 'redis'] as const).filter(
        (name) => answers[name] === 'full'
      )
      const answer = { checks, refuse_writes }
      if (fastify.draining()) return reply.code(503).send({ status: 'draining', ...answer })
      if (checks.primary === 'down')
        return reply.code(503).send({ status: 'unavailable', ...answer })
      // A node without Redis or replicas still takes orders; one whose primary is read-only still shows the shop.
      const { primary, redis: main, cache } = answers
      const all = [primary, main, cache, ...checks.replicas]
      const is_whole = all.every((state) => state === 'up')
      return { status: is_whole ? ('ready' as const) : ('degraded' as const), ...answer }
    }
  )
}

const stateOf = (answer: Answers['redis']) =>
  answer === 'down' ? ('down' as const) : ('up' as const)

export default routes
