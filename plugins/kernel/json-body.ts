import fp from 'fastify-plugin'

/**
 * Request bodies are JSON and nothing else. An empty body counts as no body even with a content type, since many clients
 * send the type with every request. A route that needs a body refuses a request without one.
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
