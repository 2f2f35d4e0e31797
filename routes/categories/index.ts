import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CategoryNotFound } from '../../plugins/kernel/errors/problems.ts'
import { forCatalog } from '../../plugins/kernel/openapi/operation.ts'
import type { Reader } from '../../sql/types.ts'
import { IdOrSlug } from '../products/schema.ts'
import { listCategories } from './queries.ts'
import { Category, CategoryList } from './schema.ts'

const ttlMs = 60 * 60_000

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  fastify.get(
    '',
    {
      config: { counts_with_answer: true },
      schema: {
        ...forCatalog,
        operationId: 'listCategories',
        summary: 'All categories',
        description:
          'The whole tree, in the order of the names: `parent_id` says what lies below what.',
        response: { 200: CategoryList }
      }
    },
    async ({ admitted }, reply) => {
      const { text, state } = await all(admitted)
      return reply.sendCatalog(text.json, state, text.tag && `"${text.tag}"`)
    }
  )

  fastify.get(
    '/:id_or_slug',
    {
      config: { counts_with_answer: true },
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
    async ({ params, admitted }, reply) => {
      const { text, state } = await all(admitted)
      const { categories } = JSON.parse(text.json) as { categories: Category[] }
      const name = params.id_or_slug.toLowerCase()
      const category = categories.find(({ id, slug }) => id === name || slug === name)
      if (!category) throw new CategoryNotFound(params.id_or_slug)
      return reply.sendCatalog(JSON.stringify(category), state)
    }
  )

  async function all(admitted?: Promise<void>) {
    const { text, state } = await fastify.cache.read('categories:all', ttlMs, load, admitted)
    return { text: text!, state }
  }
}

const load = async (db: Reader) => JSON.stringify({ categories: await listCategories(db) })

export default routes
