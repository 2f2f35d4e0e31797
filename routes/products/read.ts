import type { FastifyInstance } from 'fastify'
import type { Cached } from '../../plugins/storage/cache/index.ts'
import { productKey } from '../../plugins/storage/cache/keys.ts'
import { fillSlots, productText } from './body.ts'
import { findBySlugBefore, findProduct } from './queries.ts'
import { slugForm } from './schema.ts'

const ttlMs = 60 * 60_000

/** `slug_now`: the name was a slug of this product before, and there is no body. */
type Found = Cached & { slug_now?: string }

/** The cached text of an active product, with a slot for its stock (body.ts). */
export async function readProduct(fastify: FastifyInstance, id_or_slug: string): Promise<Found> {
  const name = id_or_slug.toLowerCase()
  // An id has the form of a slug too. Any other name is of no product, and is not remembered in the cache.
  if (!slugForm.test(name)) return { body: undefined, state: 'miss' }
  const found = await read(fastify, name)
  if (found.body === undefined || found.body.startsWith('{')) return found
  const { body, state } = await read(fastify, found.body)
  return body ? { body: undefined, state, slug_now: slugIn(body) } : { body, state }
}

/**
 * Under a slug of before, the id of the product is cached, and not its slug of today: the slug may change again, and that
 * change forgets the product's id and its last slug only.
 */
const read = ({ cache }: FastifyInstance, name: string) =>
  cache.read(productKey(name), ttlMs, async (db) => {
    const product = await findProduct(db, name)
    if (product) return productText(product)
    return (await findBySlugBefore(db, name))?.product_id
  })

const slugIn = (text: string) => (JSON.parse(fillSlots(text, new Map())) as { slug: string }).slug
