import { setTimeout as wait } from 'node:timers/promises'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { forOperations } from '../../plugins/kernel/openapi/operation.ts'
import { sql } from 'kysely'

export const prefixOverride = '/health'

/** Shorter than the timeout of the proxy's prober, which asks. */
const patienceMs = 1500

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
      { primary: Check, replicas: Type.Array(Check), redis: Check },
      { title: 'ReadinessChecks', description: 'The servers that a node uses.' }
    )
  },
  { title: 'Readiness', description: 'Whether a node should get requests.' }
)

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
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
      const [primary, redis] = await Promise.all([
        answers(sql`select 1`.execute(fastify.db)),
        answers(fastify.redis.ping())
      ])
      const checks = { primary, replicas: fastify.replicaStates(), redis }
      if (fastify.draining()) return reply.code(503).send({ status: 'draining', checks })
      if (primary === 'down') return reply.code(503).send({ status: 'unavailable', checks })
      // A node without Redis or replicas still takes orders.
      const whole = redis === 'up' && checks.replicas.every((state) => state === 'up')
      return { status: whole ? ('ready' as const) : ('degraded' as const), checks }
    }
  )
}

/** A server that does not answer in time counts as down. */
const answers = (probe: Promise<unknown>) =>
  Promise.race([
    probe.then(
      () => 'up' as const,
      () => 'down' as const
    ),
    wait(patienceMs, 'down' as const, { ref: false })
  ])

export default routes
