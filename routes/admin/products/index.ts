import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  CurrencyMismatch,
  ProductNotFound,
  SkuTaken,
  SlugTaken,
  UnknownCategory,
  VersionMismatch
} from '../../../plugins/kernel/errors/problems.ts'
import { etagOf, IfMatch, ifMatch } from '../../../plugins/kernel/http/if-match.ts'
import { productKey } from '../../../plugins/storage/cache/keys.ts'
import { forStaff } from '../../../plugins/kernel/openapi/operation.ts'
import { explainConflict, slugIsTaken } from './conflicts.ts'
import { findAnyProduct, insertProduct, updateProduct } from './queries.ts'
import { AdminProduct, NewProduct, ProductPatch, ProductParams } from './schema.ts'

/** Another request may take the slug that was free a moment ago. */
const mostTries = 5

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { cache, config, db, reservation } = fastify
  // preParsing comes after the rate limit, which is an onRequest hook of the route: guesses of keys are limited too.
  fastify.addHook('preParsing', fastify.requireScope('catalog'))

  const schema = { ...forStaff }

  fastify.post(
    '',
    {
      schema: {
        ...schema,
        operationId: 'createProduct',
        summary: 'Makes a product, with stock if a quantity is given',
        description:
          'Without a slug one is made of the name. Active products are in the catalog at once.',
        errors: [SkuTaken, SlugTaken, UnknownCategory, CurrencyMismatch],
        sends: ['Location', 'ETag'],
        body: NewProduct,
        response: { 201: AdminProduct }
      }
    },
    async ({ body }, reply) => {
      checkCurrency(body.price)
      const { id, slug } = await insert(body)
      await invalidateProduct(id, slug)
      const product = await view(id)
      // A draft is not in the catalog.
      const place = product.status === 'active' ? 'products' : 'admin/products'
      return reply
        .code(201)
        .header('location', `/api/v1/${place}/${id}`)
        .header('etag', etagOf(product.version))
        .send(product)
    }
  )

  fastify.get(
    '/:id',
    {
      schema: {
        ...schema,
        operationId: 'getAnyProduct',
        summary: 'A product of any status, with its version as ETag',
        description: 'Drafts and archived products too. Send the ETag as If-Match with a change.',
        errors: [ProductNotFound],
        sends: ['ETag'],
        params: ProductParams,
        response: { 200: AdminProduct }
      }
    },
    async ({ params }, reply) => {
      const product = await view(params.id.toLowerCase())
      return reply.header('etag', etagOf(product.version)).send(product)
    }
  )

  fastify.patch(
    '/:id',
    {
      schema: {
        ...schema,
        operationId: 'updateProduct',
        summary: 'Changes a product',
        description:
          'Changes the fields that are given. With `If-Match` only that version is changed.',
        errors: [ProductNotFound, SlugTaken, VersionMismatch, UnknownCategory, CurrencyMismatch],
        sends: ['ETag'],
        params: ProductParams,
        headers: IfMatch,
        body: ProductPatch,
        response: { 200: AdminProduct }
      }
    },
    async ({ params, headers, body }, reply) => {
      const id = params.id.toLowerCase()
      checkCurrency(body.price)
      const readVersion = async () => (await find(id)).version
      const changed = await ifMatch(headers['if-match'], readVersion, async (version) => {
        const answer = await updateProduct(db, id, body, version)
        if (answer) return answer
        await find(id)
        throw new VersionMismatch()
      }).catch((err: unknown) => explainConflict(err, body))
      await invalidateProduct(id, changed.slug_before, changed.slug)
      const product = await view(id)
      return reply.header('etag', etagOf(product.version)).send(product)
    }
  )

  async function insert(product: NewProduct, tries = mostTries) {
    try {
      return await db.transaction().execute((trx) => insertProduct(trx, product))
    } catch (err) {
      if (product.slug === undefined && slugIsTaken(err) && tries > 1)
        return insert(product, tries - 1)
      return explainConflict(err, product)
    }
  }

  function checkCurrency(price: { currency: string } | undefined) {
    if (price && price.currency !== config.HOLDFAST_CURRENCY)
      throw new CurrencyMismatch(config.HOLDFAST_CURRENCY)
  }

  /** The cache has a product under its id, under its slug (the old one and the new one), and in listings. */
  async function invalidateProduct(id: string, ...slugs: string[]) {
    await cache.invalidate(...[id, ...slugs].map(productKey))
  }

  async function find(id: string) {
    const product = await findAnyProduct(db, id)
    if (!product) throw new ProductNotFound(id)
    return product
  }

  async function view(id: string) {
    const product = await find(id)
    const quantity = (await reservation.available([id])).get(id) ?? 0
    return { ...product, quantity, in_stock: quantity > 0 }
  }
}

export default routes
