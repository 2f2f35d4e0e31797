import fp from 'fastify-plugin'
import adminKeys from './api-keys.ts'
import catalogAnswer from './catalog-reply.ts'
import methods from './method-not-allowed.ts'
import overload from './load-shedding.ts'
import rateLimit from './rate-limit/index.ts'

/** What stands between a request and its route: limits, API keys, and answers that many routes share. */
export default fp(
  async (fastify) => {
    // The first to refuse: a node with too much to do must not ask Redis before it says so.
    await fastify.register(overload)
    await fastify.register(rateLimit)
    await fastify.register(adminKeys)
    await fastify.register(catalogAnswer)
    // It collects the methods of every route, so it stands before all of them.
    await fastify.register(methods)
  },
  { name: 'http', dependencies: ['kernel', 'storage'] }
)
