import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { OrderNotCancellable, OrderNotFound } from '../../plugins/kernel/errors/problems.ts'
import { pageOf } from '../../plugins/kernel/http/pagination.ts'
import { ConsistencyToken } from '../../plugins/kernel/http/schemas.ts'
import { forGuests } from '../../plugins/kernel/openapi/operation.ts'
import { findOrder, listOrders } from './queries.ts'
import { Order, OrderList, OrderParams, OrderQuery } from './schema.ts'
import { viewOrder } from './view.ts'

/** The orders of the session that asks. Orders of other sessions are answered with 404. */
const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { checkout, db } = fastify
  fastify.addHook('onRequest', fastify.useSession)

  const schema = { ...forGuests('Orders') }

  fastify.get(
    '',
    {
      schema: {
        ...schema,
        operationId: 'listOrders',
        summary: "The session's orders, newest first",
        description: 'Includes what the session wrote before.',
        headers: ConsistencyToken,
        querystring: OrderQuery,
        response: { 200: OrderList }
      }
    },
    async (request) => {
      const { session, query } = request
      if (!session) return { orders: [], page: pageOf(query, 0) }
      const { orders, total } = await fastify.readFor(request, (reader, source) =>
        listOrders(reader, session, query, source)
      )
      return { orders: orders.map(viewOrder), page: pageOf(query, total) }
    }
  )

  fastify.get(
    '/:id',
    {
      schema: {
        ...schema,
        operationId: 'getOrder',
        summary: 'One order',
        description:
          'Includes what the session wrote before. An order of another session is answered as an unknown one.',
        errors: [OrderNotFound],
        headers: ConsistencyToken,
        params: OrderParams,
        response: { 200: Order }
      }
    },
    async (request) => {
      const { session, params } = request
      if (!session) throw new OrderNotFound(params.id)
      const order = await fastify.findFor(request, (reader, source) =>
        findOrder(reader, params.id, session, source)
      )
      if (!order) throw new OrderNotFound(params.id)
      return viewOrder(order)
    }
  )

  fastify.post(
    '/:id/cancel',
    {
      schema: {
        ...schema,
        operationId: 'cancelOrder',
        summary: 'Gives the stock back and refunds the money, as long as nothing was sent',
        description: 'For an order that is pending, or confirmed and not fulfilled.',
        errors: [OrderNotFound, OrderNotCancellable],
        params: OrderParams,
        response: { 200: Order }
      }
    },
    async ({ session, params }) => {
      const { id } = await readNow(params.id, session)
      await checkout.cancel(id, 'customer', true)
      return viewOrder(await readNow(id, session))
    }
  )

  /** The session's order, from the primary. */
  async function readNow(id: string, session: string) {
    const order = session ? await findOrder(db, id, session) : undefined
    if (!order) throw new OrderNotFound(id)
    return order
  }
}

export default routes
