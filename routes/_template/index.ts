import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ProductNotFound } from '../../plugins/kernel/errors/problems.ts'
import { findTemplate } from './queries.ts'
import { Template, TemplateParams } from './schema.ts'

/*
 * The template of a resource: `npm run new -- endpoint NAME` copies this folder (CONTRIBUTING.md). A folder's name is the
 * path below /api/v1; a folder whose name begins with an underscore, like this one, is not served.
 */

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.get(
    '/:id',
    {
      schema: {
        tags: ['Catalog'],
        security: [],
        operationId: 'getTemplate',
        summary: 'Get one by its id',
        description: 'What a client should know of it.',
        errors: [ProductNotFound],
        params: TemplateParams,
        response: { 200: Template }
      }
    },
    async (request) => {
      const { id } = request.params
      const found = await fastify.readFor(request, (db) => findTemplate(db, id))
      if (!found) throw new ProductNotFound(id)
      return found
    }
  )
}

export default routes
