import type { FastifyInstance } from 'fastify'
import { productText } from './body.ts'
import { findProduct } from './queries.ts'

const ttlMs = 60 * 60_000

/** An active product's cached text, its stock left open (body.ts). */
export const readProduct = ({ cache }: FastifyInstance, id_or_slug: string) =>
  cache.read(productKey(id_or_slug), ttlMs, async (db) => {
    const product = await findProduct(db, id_or_slug.toLowerCase())
    return product && productText(product)
  })

/** A product is cached under its id and under its slug. */
export const productKey = (id_or_slug: string) => `product:${id_or_slug.toLowerCase()}`
