import type { FastifyInstance } from 'fastify'
import type { Cached } from '../../plugins/storage/cache/index.ts'
import { productKey } from '../../plugins/storage/cache/keys.ts'
import { productText } from './body.ts'
import { findProduct } from './queries.ts'
import { slugForm } from './schema.ts'

const ttlMs = 60 * 60_000

/** The cached text of an active product, with a slot for its stock (body.ts). */
export async function readProduct({ cache }: FastifyInstance, id_or_slug: string): Promise<Cached> {
  const name = id_or_slug.toLowerCase()
  // An id has the form of a slug too. Any other name is of no product, and is not remembered in the cache.
  if (!slugForm.test(name)) return { body: undefined, state: 'miss' }
  return cache.read(productKey(name), ttlMs, async (db) => {
    const product = await findProduct(db, name)
    return product && productText(product)
  })
}
