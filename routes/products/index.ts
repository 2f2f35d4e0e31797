import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ProductNotFound } from '../../plugins/kernel/errors/problems.ts'
import { pageOf } from '../../plugins/kernel/http/pagination.ts'
import { forCatalog } from '../../plugins/kernel/openapi/operation.ts'
import { fillSlots, listText, slots } from './body.ts'
import { listingKey, splitLists, toQuery } from './listing.ts'
import { listProducts } from './queries.ts'
import { readProduct } from './read.ts'
import { IdOrSlug, Moved, Product, ProductList, ProductParameters } from './schema.ts'

const listingTtlMs = 30 * 60_000

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { cache, reservation } = fastify

  fastify.get(
    '',
    {
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
    async (request, reply) => {
      const query = toQuery(request.query)
      const { body, state } = await cache.readListing(
        listingKey(query),
        listingTtlMs,
        async (db) => {
          const { products, total, reach } = await listProducts(db, query)
          return listText(products, pageOf(query, total, reach))
        }
      )
      return reply.sendCatalog(await withStock(body!), state)
    }
  )

  fastify.get(
    '/:id_or_slug',
    {
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
    async ({ params }, reply) => {
      const { body, state, slug_now } = await readProduct(fastify, params.id_or_slug)
      if (slug_now !== undefined)
        return reply
          .header('cache-control', 'no-cache')
          .redirect(`/api/v1/products/${slug_now}`, 301)
      if (body === undefined) throw new ProductNotFound(params.id_or_slug)
      return reply.sendCatalog(await withStock(body), state)
    }
  )

  /** Fills in the stock, which is live and never cached with the body. */
  const withStock = async (text: string) =>
    fillSlots(text, await reservation.available(slots(text)))
}

export default routes
