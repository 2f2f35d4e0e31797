import fp from 'fastify-plugin'

/**
 * Bodies are JSON and nothing else. An empty one is none, whatever type it was announced with: many clients name a type
 * with every request, and a route that needs a body refuses to go without.
 */
export default fp(
  async (fastify) => {
    const parse = fastify.getDefaultJsonParser('error', 'error')
    fastify.removeContentTypeParser('text/plain')
    fastify.addContentTypeParser<string>(
      'application/json',
      { parseAs: 'string' },
      (request, text, done) => {
        if (text === '') done(null, undefined)
        else parse(request, text, done)
      }
    )
  },
  { name: 'json-body' }
)
