import type { FastifyInstance } from 'fastify'
import {
  detailed,
  IdempotencyKeyRequired,
  InsufficientStock,
  Overloaded,
  TooManyReservations
} from '../../kernel/errors/problems.ts'
import { clearBoughtCart, afterEnd, settleReturned, settleTaken } from './after-commit.ts'
import { answerFrom, inProgress, type Placed } from './result.ts'
import { boughtBefore, liveOrder, replay } from './replay.ts'
import { newOrder, type NewOrder } from './new-order.ts'
import { charge, record } from './payment.ts'
import { cartChanged, checkTotal, quote, sumLines } from './quote.ts'
import { findOrderState, readClock } from './queries.ts'
import { requestHash, type CheckoutRequest } from './request.ts'
import type { ClaimStock } from './claim-stock.ts'

/**
 * The order workflow: key, cart, prices, gate, TX 1, charge, TX 2. Safe beside itself, the resolver and a cancel: the
 * provider decides a payment once, TX 2 is a compare-and-set and its loser takes the winner's result.
 * @throws the problems of `POST /checkout`
 */
export async function place(
  fastify: FastifyInstance,
  take: ClaimStock,
  request: CheckoutRequest
): Promise<Placed> {
  const { session, key, body } = request
  if (body.items && key === undefined) throw new IdempotencyKeyRequired()

  const begun = await readClock(fastify.db)
  const hash = requestHash(body)
  const earlier = await replay(fastify, session, key, hash)
  if (earlier) return earlier

  const purchase = await buy(fastify, take, request, hash, begun).catch(
    async (refusal: unknown) => {
      // A repeat of this request may have been faster: nobody is told "sold out" for a purchase of his own.
      const faster = await replay(fastify, session, key, hash)
      if (faster) return faster
      throw refusal
    }
  )
  return 'lines' in purchase
    ? pay(fastify, purchase, body.payment?.token ?? 'tok_success')
    : purchase
}

/** Up to TX 1: the order that was placed, or the answer of one that was there. */
async function buy(
  fastify: FastifyInstance,
  take: ClaimStock,
  request: CheckoutRequest,
  hash: Buffer,
  begun: Date
): Promise<NewOrder | Placed> {
  const { config, db } = fastify
  const { session, key, body } = request

  // Twice: a cart that was bought but not cleared is cleared, and what is left in it is bought.
  for (let round = 1; round <= 2; round++) {
    const { cart_id, lines } = await readBasket(fastify, request)
    const live = await liveOrder(fastify, cart_id)
    if (live?.status === 'pending') throw inProgress(live)
    if (live) {
      await afterEnd(fastify, live.id)
      if (key === undefined && live.request_hash.equals(hash)) return answerFrom(live, true)
      continue
    }
    if (lines.length === 0) return boughtBefore(fastify, session, key, hash)

    const price = await quote(db, lines, config.HOLDFAST_CURRENCY)
    checkTotal(price, body.expected_total)
    const order = newOrder({ ...request, hash, begun }, cart_id, price)

    if (await fastify.pendingOrderLimit.isExceeded(order.ip)) throw tooManyReservations()
    const answer = await take(order)
    switch (answer.outcome) {
      case 'placed':
        fastify.metrics.checkout.placed(order.lines)
        return order
      case 'late':
        throw detailed(new Overloaded(), { headers: { 'retry-after': 1 } })
      case 'capped':
        throw tooManyReservations()
      case 'changed':
        throw cartChanged(price, (await quote(db, lines, config.HOLDFAST_CURRENCY)).total)
      case 'refused':
        // Unless it was another click on this cart that took the stock.
        if (!(await liveOrder(fastify, cart_id)))
          throw detailed(new InsufficientStock(), { members: { items: answer.shortages } })
    }
  }
  throw inProgress({ check_in_seconds: 1 })
}

async function readBasket(fastify: FastifyInstance, { session, body }: CheckoutRequest) {
  if (body.items) return { cart_id: null, lines: sumLines(body.items) }
  const cart = await fastify.carts.read(session)
  return cart ? { cart_id: cart.id, lines: sumLines(cart.lines) } : { cart_id: null, lines: [] }
}

/** Charges a placed order and writes down how it ended. */
async function pay(fastify: FastifyInstance, order: NewOrder, token: string): Promise<Placed> {
  const { id: order_id, payment_id, total: amount, lines } = order
  const currency = fastify.config.HOLDFAST_CURRENCY
  const { checkout: counts } = fastify.metrics
  const [outcome] = await Promise.all([
    counts.timed('charge', () => charge(fastify, { payment_id, amount, currency, token })),
    settleTaken(fastify, order_id, lines)
  ])

  const end = await counts.timed('tx2', () => record(fastify, order_id, outcome))
  counts.paid(end)
  counts.ended(end, lines)
  const state = (await findOrderState(fastify.db, order_id))!
  // Whoever was faster may have died before this, and doing it twice does no harm.
  if (state.confirmed_at) await clearBoughtCart(fastify, order.session, order.cart_id, lines)
  else if (state.status === 'cancelled') await settleReturned(fastify, order_id, lines)
  else await fastify.pendingOrderLimit.count(order.ip, order_id)
  return answerFrom(state, false)
}

/** Most doubts end within seconds, and asking again costs little. */
const tooManyReservations = () =>
  detailed(new TooManyReservations(), { headers: { 'retry-after': 10 } })
