import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ProductNotFound } from '../../plugins/kernel/errors/problems.ts'
import { checkDepth, pageOf } from '../../plugins/kernel/http/pagination.ts'
import { failures, ref } from '../../plugins/kernel/http/schemas.ts'
import { fillSlots, listText, slots } from './body.ts'
import { listProducts } from './queries.ts'
import { readProduct } from './read.ts'
import { IdOrSlug, Product, ProductList, ProductQuery } from './schema.ts'

const listingTtlMs = 30 * 60_000

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { cache, reservation } = fastify
  fastify.addSchema(Product)

  fastify.get(
    '',
    {
      schema: {
        operationId: 'listProducts',
        tags: ['Catalog'],
        summary: 'Products, filtered, sorted and by pages',
        querystring: ProductQuery,
        response: { 200: ProductList, ...failures }
      }
    },
    async ({ query }, reply) => {
      checkDepth(query)
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
        operationId: 'getProduct',
        tags: ['Catalog'],
        summary: 'One product, by its id or slug',
        params: IdOrSlug,
        response: { 200: ref(Product), ...failures }
      }
    },
    async ({ params }, reply) => {
      const { body, state } = await readProduct(fastify, params.id_or_slug)
      if (body === undefined) throw new ProductNotFound(params.id_or_slug)
      return reply.sendCatalog(await withStock(body), state)
    }
  )

  /** Fills in the stock, which is live and never cached with the body. */
  const withStock = async (text: string) =>
    fillSlots(text, await reservation.available(slots(text)))
}

export default routes

/**
 * The same key for the same query in any order of its parameters. undefined: words and price bounds together have more
 * combinations than requests come twice for.
 */
function listingKey({ page, ...rest }: ProductQuery) {
  const { q, min_price, max_price } = rest
  if (q !== undefined && (min_price !== undefined || max_price !== undefined)) return undefined
  const query = new URLSearchParams(
    Object.entries(rest).map(([name, value]): [string, string] => [name, String(value)])
  )
  query.sort()
  return `page:${page}:${query}`
}
