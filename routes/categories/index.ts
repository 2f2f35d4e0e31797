import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CategoryNotFound } from '../../plugins/kernel/errors/problems.ts'
import { forCatalog } from '../../plugins/kernel/openapi/operation.ts'
import { IdOrSlug } from '../products/schema.ts'
import { listCategories } from './queries.ts'
import { Category, CategoryList } from './schema.ts'

const ttlMs = 60 * 60_000

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.get(
    '',
    {
      schema: {
        ...forCatalog,
        operationId: 'listCategories',
        summary: 'All categories',
        description:
          'The whole tree, in the order of the names: `parent_id` says what lies below what.',
        response: { 200: CategoryList }
      }
    },
    async (_request, reply) => {
      const { body, state } = await all()
      return reply.sendCatalog(body!, state)
    }
  )

  fastify.get(
    '/:id_or_slug',
    {
      schema: {
        ...forCatalog,
        operationId: 'getCategory',
        summary: 'One category, by its id or slug',
        description: 'By its id, or by its slug in any case.',
        errors: [CategoryNotFound],
        params: IdOrSlug,
        response: { 200: Category }
      }
    },
    async ({ params }, reply) => {
      const { body, state } = await all()
      const { categories } = JSON.parse(body!) as { categories: Category[] }
      const name = params.id_or_slug.toLowerCase()
      const category = categories.find(({ id, slug }) => id === name || slug === name)
      if (!category) throw new CategoryNotFound(params.id_or_slug)
      return reply.sendCatalog(JSON.stringify(category), state)
    }
  )

  const all = () =>
    fastify.cache.read('categories:all', ttlMs, async (db) =>
      JSON.stringify({ categories: await listCategories(db) })
    )
}

export default routes
