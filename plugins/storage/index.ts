import fp from 'fastify-plugin'
import cache from './cache/index.ts'
import consistency from './consistency/index.ts'
import databaseMetrics from './database-metrics/index.ts'
import heartbeat from './heartbeat.ts'
import oldSessions from './old-sessions.ts'
import postgres from './postgres.ts'
import questions from './questions/index.ts'
import readRouting from './read-routing/index.ts'
import redis from './redis.ts'
import replicas from './replicas/index.ts'

/** The servers that keep data, and which of them may answer a read: primary, replicas, Redis, consistency, cache. */
export default fp(
  async (fastify) => {
    // Before the pools: each is measured from its first connection on.
    await fastify.register(databaseMetrics)
    await fastify.register(postgres)
    await fastify.register(oldSessions)
    // Before the replicas: their lag is measured by the heartbeat that the primary has.
    await fastify.register(heartbeat)
    await fastify.register(replicas)
    await fastify.register(redis)
    await fastify.register(questions)
    // Before read routing: a read is routed by what its session has seen.
    await fastify.register(consistency)
    await fastify.register(readRouting)
    // Last: a miss is a read.
    await fastify.register(cache)
  },
  { name: 'storage', dependencies: ['kernel'] }
)
