import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ProductNotFound } from '../../plugins/kernel/errors/problems.ts'
import { pageOf } from '../../plugins/kernel/http/pagination.ts'
import { forCatalog } from '../../plugins/kernel/openapi/operation.ts'
import { listingName, productKey } from '../../plugins/storage/cache/keys.ts'
import { listText } from './body.ts'
import { listingQuery, splitLists, toQuery } from './listing.ts'
import { readLive } from './live.ts'
import type { Reader } from '../../sql/types.ts'
import { listProducts } from './queries.ts'
import { readProduct } from './read.ts'
import { IdOrSlug, Moved, Product, ProductList, ProductParameters } from './schema.ts'

const listingTtlMs = 30 * 60_000

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { cache } = fastify

  fastify.get(
    '',
    {
      config: { counts_with_answer: true },
      schema: {
        ...forCatalog,
        operationId: 'listProducts',
        summary: 'Products, filtered, sorted and by pages',
        description: 'Filters narrow the list together. page times limit is at most 10,000.',
        querystring: ProductParameters,
        response: { 200: ProductList }
      },
      preValidation: splitLists
    },
    async ({ query: parameters, admitted }, reply) => {
      const query = toQuery(parameters)
      const asked = listingQuery(query)
      const load = async (db: Reader) => {
        const { products, total, reach } = await listProducts(db, query)
        return listText(products, pageOf(query, total, reach))
      }
      const read = () => cache.readListing(asked, listingTtlMs, load, admitted)
      const name = asked === undefined ? undefined : listingName(asked)
      const { body, state, etag } = await readLive(fastify, name, read, admitted)
      return reply.sendCatalog(body!, state, etag)
    }
  )

  fastify.get(
    '/:id_or_slug',
    {
      config: { counts_with_answer: true },
      schema: {
        ...forCatalog,
        operationId: 'getProduct',
        summary: 'One product, by its id or slug',
        description: 'Products that are drafts or archived are not in the catalog.',
        errors: [ProductNotFound],
        params: IdOrSlug,
        response: { 200: Product, 301: Moved }
      }
    },
    async ({ params: { id_or_slug }, admitted }, reply) => {
      const read = () => readProduct(fastify, id_or_slug, admitted)
      const found = await readLive(fastify, productKey(id_or_slug), read, admitted)
      if (found.slug_now !== undefined)
        return reply
          .header('cache-control', 'no-cache')
          .redirect(`/api/v1/products/${found.slug_now}`, 301)
      if (found.body === undefined) throw new ProductNotFound(id_or_slug)
      return reply.sendCatalog(found.body, found.state, found.etag)
    }
  )
}

export default routes
