import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { pageOf } from '../../../plugins/kernel/http/pagination.ts'
import { ConsistencyToken } from '../../../plugins/kernel/http/schemas.ts'
import { forStaff } from '../../../plugins/kernel/openapi/operation.ts'
import { listTemplate } from './queries.ts'
import { TemplateList, TemplateQuery } from './schema.ts'

/*
 * The template of a staff resource: `npm run new -- endpoint admin/NAME` copies this folder (CONTRIBUTING.md). Its routes are
 * for API keys that have the scope of the hook; plugins/http/api-keys.ts lists the scopes.
 */

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.addHook('preParsing', fastify.requireScope('catalog'))

  fastify.get(
    '',
    {
      schema: {
        ...forStaff,
        operationId: 'listTemplate',
        summary: 'A page of the list',
        description: 'What a client should know of it.',
        headers: ConsistencyToken,
        querystring: TemplateQuery,
        response: { 200: TemplateList }
      }
    },
    async (request) => {
      const { query } = request
      const { items, total } = await fastify.readFor(request, (db) => listTemplate(db, query))
      return { items, page: pageOf(query, total) }
    }
  )
}

export default routes
