import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CategoryNotFound } from '../../plugins/kernel/errors/problems.ts'
import { failures, ref } from '../../plugins/kernel/http/schemas.ts'
import { IdOrSlug } from '../products/schema.ts'
import { listCategories } from './queries.ts'
import { Category, CategoryList } from './schema.ts'

const ttlMs = 60 * 60_000

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.addSchema(Category)

  fastify.get(
    '',
    {
      schema: {
        operationId: 'listCategories',
        tags: ['Catalog'],
        summary: 'All categories',
        response: { 200: CategoryList, ...failures }
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
        operationId: 'getCategory',
        tags: ['Catalog'],
        summary: 'One category, by its id or slug',
        params: IdOrSlug,
        response: { 200: ref(Category), ...failures }
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
