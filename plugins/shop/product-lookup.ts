import fp from 'fastify-plugin'
import { sql, type Kysely } from 'kysely'
import type { Database } from '../../sql/types.ts'
import { isOutage } from '../kernel/errors/outage.ts'
import { batched } from '../lib/batched.ts'
import { statement } from '../storage/statement.ts'

/** What a cart shows of a product. */
export type FoundProduct = {
  id: string
  sku: string
  name: string
  price: number
  status: 'draft' | 'active' | 'archived'
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Products of the primary, as they are now, by their ids. Requests that ask at the same time share a statement. */
    findProducts: (product_ids: string[]) => Promise<FoundProduct[]>
  }
}

/** Products of one statement, but for a single request. */
const most_products = 1000

export default fp(
  async (fastify) => {
    const { db } = fastify
    const find = batched<string[], FoundProduct[]>(
      async (asked) => {
        const products = await selectProducts(db, { ids: [...new Set(asked.flat())] })
        const found = new Map(products.map((product) => [product.id, product]))
        return asked.map((ids) => ids.flatMap((id) => found.get(id) ?? []))
      },
      {
        most: 64,
        weight: { of: (ids) => ids.length, most: most_products },
        alone: (ids) => selectProducts(db, { ids }),
        concernsAll: isOutage
      }
    )
    fastify.decorate('findProducts', async (ids) => (ids.length === 0 ? [] : find(ids)))
  },
  { name: 'product-lookup', dependencies: ['postgres'] }
)

const selectProducts = statement(
  (_db: Kysely<Database>, { ids }: { ids: string[] }) => sql<FoundProduct>`
    select id, sku, name, price, status from products where id = any (${ids}::uuid[])`
)
