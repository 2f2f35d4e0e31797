import type { FastifyInstance } from 'fastify'
import type { Cached } from '../../plugins/storage/cache/index.ts'
import { productKey } from '../../plugins/storage/cache/keys.ts'
import { productText } from './body.ts'
import { findProduct } from './queries.ts'
import { slugForm } from './schema.ts'

const ttlMs = 60 * 60_000

/** An active product's cached text, its stock left open (body.ts). */
export async function readProduct({ cache }: FastifyInstance, id_or_slug: string): Promise<Cached> {
  const name = id_or_slug.toLowerCase()
  // An id is of a slug's form too. What is of no form is not there, and takes no room in the cache.
  if (!slugForm.test(name)) return { body: undefined, state: 'miss' }
  return cache.read(productKey(name), ttlMs, async (db) => {
    const product = await findProduct(db, name)
    return product && productText(product)
  })
}
