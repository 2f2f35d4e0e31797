import type { FastifyInstance } from 'fastify'
import type { Cached } from '../../plugins/storage/cache/index.ts'
import { productKey } from '../../plugins/storage/cache/keys.ts'
import type { Reader } from '../../sql/types.ts'
import { parse, productText } from './body.ts'
import { findBySlugBefore, findProduct } from './queries.ts'
import { slugForm } from './schema.ts'

const ttlMs = 60 * 60_000

/** `slug_now`: the name was a slug of this product before, and there is no text. */
type Found = Cached & { slug_now?: string }

/** The cached text of an active product, with a slot for its stock (body.ts). */
export async function readProduct(
  { cache }: Pick<FastifyInstance, 'cache'>,
  id_or_slug: string,
  allowed?: Promise<void>
): Promise<Found> {
  const name = id_or_slug.toLowerCase()
  // An id has the form of a slug too. Any other name is of no product, and is not remembered in the cache.
  if (!slugForm.test(name)) return { text: undefined, state: 'miss' }
  const found = await readUnder(name)
  if (!found.text || found.text.json.startsWith('{')) return found
  const { text, state } = await readUnder(found.text.json)
  return text ? { text: undefined, state, slug_now: parse(text).slug } : { text, state }

  /**
   * Under a slug of before, the id of the product is cached, and not its slug of today: the slug may change again, and that
   * change forgets the product's id and its last slug only.
   */
  function readUnder(key: string) {
    const load = async (db: Reader) => {
      const product = await findProduct(db, key)
      if (product) return productText(product)
      return (await findBySlugBefore(db, key))?.product_id
    }
    return cache.read(productKey(key), ttlMs, load, allowed)
  }
}
