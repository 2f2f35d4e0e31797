import fp from 'fastify-plugin'
import apiKeys from './api-keys.ts'
import catalogReply from './catalog-reply.ts'
import methodNotAllowed from './method-not-allowed.ts'
import loadShedding from './load-shedding/index.ts'
import rateLimit from './rate-limit/index.ts'

/** What stands between a request and its route: limits, API keys, and answers that many routes share. */
export default fp(
  async (fastify) => {
    // The first to refuse: a node with too much to do must not ask Redis before it says so.
    await fastify.register(loadShedding)
    await fastify.register(rateLimit)
    await fastify.register(apiKeys)
    await fastify.register(catalogReply)
    // It collects the methods of every route, so it stands before all of them.
    await fastify.register(methodNotAllowed)
  },
  { name: 'http', dependencies: ['kernel', 'storage'] }
)
