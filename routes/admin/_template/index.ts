import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { checkDepth, pageOf } from '../../../plugins/kernel/http/pagination.ts'
import { ConsistencyToken, failures } from '../../../plugins/kernel/http/schemas.ts'
import { listTemplate } from './queries.ts'
import { Template, TemplateList, TemplateQuery } from './schema.ts'

/*
 * The template of a staff resource: `npm run new -- endpoint admin/NAME` copies this folder (CONTRIBUTING.md). Its routes are
 * for API keys that have the scope of the hook; plugins/http/api-keys.ts lists the scopes.
 */

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.addSchema(Template)
  fastify.addHook('preParsing', fastify.requireScope('catalog'))

  fastify.get(
    '',
    {
      schema: {
        operationId: 'listTemplate',
        tags: ['Admin'],
        summary: 'A page of the list',
        security: [{ apiKey: [] }],
        headers: ConsistencyToken,
        querystring: TemplateQuery,
        response: { 200: TemplateList, ...failures }
      }
    },
    async (request) => {
      const { query } = request
      checkDepth(query)
      const { items, total } = await fastify.readFor(request, (db) => listTemplate(db, query))
      return { items, page: pageOf(query, total) }
    }
  )
}

export default routes
