import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  detailed,
  IdempotencyKeyReused,
  InsufficientStock,
  ProductNotFound,
  VersionMismatch
} from '../../../plugins/kernel/errors/problems.ts'
import { newId } from '../../../plugins/lib/ids.ts'
import { IdempotencyKey } from '../../../plugins/kernel/http/schemas.ts'
import { etagOf, IfMatch, ifMatch } from '../../../plugins/kernel/http/if-match.ts'
import { forStaff } from '../../../plugins/kernel/openapi/operation.ts'
import { causeOf, changeStock, findStock, type StockChange } from './queries.ts'
import { Adjustment, Stock, StockCount, StockParams } from './schema.ts'

const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { cache, db, reservation } = fastify
  // preParsing comes after the rate limit, which is an onRequest hook of the route: guesses of keys are limited too.
  fastify.addHook('preParsing', fastify.requireScope('inventory'))

  const schema = {
    ...forStaff,
    params: StockParams,
    response: { 200: Stock }
  }

  fastify.get(
    '/:product_id',
    {
      schema: {
        ...schema,
        operationId: 'getStock',
        summary: 'The stock of a product, with its version as ETag',
        description: 'Of a product of any status. Send the ETag as If-Match with a change.',
        errors: [ProductNotFound],
        sends: ['ETag']
      }
    },
    async ({ params }, reply) => {
      const stock = await find(params.product_id.toLowerCase())
      return reply.header('etag', etagOf(stock.version)).send(stock)
    }
  )

  fastify.put(
    '/:product_id',
    {
      schema: {
        ...schema,
        operationId: 'setStock',
        summary: 'Sets what can still be sold, whatever is reserved',
        description:
          'What can still be sold, whatever is reserved by open orders. With `If-Match` only that version is changed.',
        errors: [ProductNotFound, VersionMismatch],
        sends: ['ETag'],
        headers: IfMatch,
        body: StockCount
      }
    },
    async ({ params, headers, body }, reply) => {
      const wanted = {
        product_id: params.product_id.toLowerCase(),
        kind: 'set' as const,
        units: body.quantity,
        reason: body.reason,
        cause_id: newId()
      }
      const readVersion = async () => (await find(wanted.product_id)).version
      const { stock } = await ifMatch(headers['if-match'], readVersion, (version) =>
        change({ ...wanted, version })
      )
      return reply.header('etag', etagOf(stock.version)).send(stock)
    }
  )

  fastify.post(
    '/:product_id/adjustments',
    {
      schema: {
        ...schema,
        operationId: 'adjustStock',
        summary: 'Adds units, or takes them away',
        description:
          'Adds units to what can be sold, or takes them away. With an `Idempotency-Key` a repeat counts once.',
        errors: [ProductNotFound, InsufficientStock, IdempotencyKeyReused],
        sends: ['ETag', 'Idempotency-Replayed'],
        headers: IdempotencyKey,
        body: Adjustment
      }
    },
    async ({ params, headers, body, api_key }, reply) => {
      const product_id = params.product_id.toLowerCase()
      const { stock, replayed } = await change({
        product_id,
        kind: 'adjust',
        units: body.delta,
        reason: body.reason,
        cause_id: causeOf(api_key, product_id, headers['idempotency-key'])
      })
      if (replayed) reply.header('idempotency-replayed', 'true')
      return reply.header('etag', etagOf(stock.version)).send(stock)
    }
  )

  async function find(product_id: string) {
    const stock = await findStock(db, product_id)
    if (!stock) throw new ProductNotFound(product_id)
    return stock
  }

  async function change(wanted: StockChange) {
    const { outcome, before, stock } = await changeStock(db, wanted)
    const { product_id, quantity } = stock
    switch (outcome) {
      case 'not_found':
        throw new ProductNotFound(product_id)
      case 'version_mismatch':
        throw new VersionMismatch()
      case 'reused':
        throw new IdempotencyKeyReused()
      case 'insufficient_stock': {
        const items = [{ product_id, requested: -wanted.units, available: quantity }]
        throw detailed(new InsufficientStock(), { members: { items } })
      }
    }
    await reservation.settle([{ product_id, quantity: 0 }])
    if (before > 0 !== quantity > 0) await cache.invalidateListings()
    return { stock, replayed: outcome === 'replayed' }
  }
}

export default routes
