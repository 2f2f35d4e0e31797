import { METHODS } from 'node:http'
import fp from 'fastify-plugin'
import type { HTTPMethods } from 'fastify'
import { detailed, MethodNotAllowed } from '../kernel/errors/problems.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** To be called after every route is registered: known paths then answer 405 with `Allow` to other methods. */
    answerOtherMethods: () => void
  }
}

/** 405 for a known path with another method, which Fastify answers with 404. Registered before all routes, whose methods it collects. */
export default fp(
  async (fastify) => {
    const known = new Map<string, Set<string>>()
    fastify.addHook('onRoute', ({ url, method }) => {
      const methods = known.get(url) ?? new Set()
      for (const name of [method].flat()) methods.add(name)
      known.set(url, methods)
    })

    fastify.decorate('answerOtherMethods', () => {
      // Fastify knows a few methods only. It makes a decorator of each new one unless there is one of that name, as `checkout`.
      for (const method of METHODS)
        if (!fastify.supportedMethods.includes(method)) fastify.addHttpMethod(method)
      const all = fastify.supportedMethods as HTTPMethods[]
      for (const [url, methods] of known) {
        const allow = [...methods].toSorted().join(', ')
        fastify.route({
          method: all.filter((method) => !methods.has(method)),
          url,
          schema: { hide: true },
          // An admin route counts by the API key, which is not read here.
          config: { limit: 'api' },
          // After the rate limit. Before the body is parsed: a body that cannot be parsed would be answered with 400.
          preParsing: async (request) => {
            throw detailed(new MethodNotAllowed(request.method), { headers: { allow } })
          },
          handler: async () => {}
        })
      }
    })
  },
  { name: 'method-not-allowed', dependencies: ['errors'] }
)
