import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { forOperations } from '../../plugins/kernel/openapi/operation.ts'
import { openServerChecks, type Answers } from './servers.ts'

export const prefixOverride = '/health'

const Check = Type.Enum(['up', 'down'], {
  type: 'string',
  title: 'ServerState',
  description: 'Whether a server answers.'
})

const Readiness = Type.Object(
  {
    status: Type.Enum(['ready', 'degraded', 'unavailable', 'draining'], {
      type: 'string',
      title: 'ReadinessStatus',
      description: 'ready and degraded take requests.'
    }),
    checks: Type.Object(
      {
        primary: Check,
        replicas: Type.Array(Check),
        redis: Check,
        /** Where the cache has a Redis of its own. */
        cache: Type.Optional(Check)
      },
      { title: 'ReadinessChecks', description: 'The servers that a node uses.' }
    ),
    refuse_writes: Type.Array(Type.Enum(['primary', 'redis'], { type: 'string' }), {
      description:
        'Servers that answer and take no writes: Redis without memory, a read-only primary.'
    })
  },
  { title: 'Readiness', description: 'Whether a node should get requests.' }
)

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { cacheRedis, redis } = fastify
  const askServers = openServerChecks(fastify)

  fastify.get(
    '/live',
    {
      schema: {
        ...forOperations,
        operationId: 'getLiveness',
        summary: 'Does the process serve?',
        description: '200 while the process serves, whatever its servers do.',
        response: {
          200: Type.Object(
            { status: Type.Enum(['live'], { type: 'string', description: 'Always live.' }) },
            { title: 'Liveness', description: 'The process serves.' }
          )
        }
      }
    },
    async () => ({ status: 'live' as const })
  )

  fastify.get(
    '/ready',
    {
      schema: {
        ...forOperations,
        operationId: 'getReadiness',
        summary: 'Should this node get requests?',
        description:
          '`degraded` is ready: without Redis or replicas orders are still taken. 503: the primary is unreachable, or the node ends.',
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
