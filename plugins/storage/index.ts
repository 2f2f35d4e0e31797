import fp from 'fastify-plugin'
import cache from './cache/index.ts'
import consistency from './consistency/index.ts'
import databaseMetrics from './database-metrics/index.ts'
import heartbeat from './heartbeat.ts'
import postgres from './postgres.ts'
import readRouting from './read-routing/index.ts'
import redis from './redis.ts'
import replicas from './replicas/index.ts'

/** Where data is, and which copy of it may answer: primary, replicas, Redis, consistency tokens, cache. */
export default fp(
  async (fastify) => {
    // Before the pools: each is watched from its first connection on.
    await fastify.register(databaseMetrics)
    await fastify.register(postgres)
    // Replicas are judged by the heartbeat that the primary has.
    await fastify.register(heartbeat)
    await fastify.register(replicas)
    await fastify.register(redis)
    // A read is routed by what its session has seen.
    await fastify.register(consistency)
    await fastify.register(readRouting)
    // A miss is a read.
    await fastify.register(cache)
  },
  { name: 'storage', dependencies: ['kernel'] }
)
