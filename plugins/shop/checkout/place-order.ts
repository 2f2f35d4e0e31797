import type { FastifyInstance } from 'fastify'
import {
  detailed,
  IdempotencyKeyRequired,
  InsufficientStock,
  Overloaded,
  TooManyReservations
} from '../../kernel/errors/problems.ts'
import { afterPayment, settleTaken } from './after-commit.ts'
import { readBasket, type Basket } from './basket.ts'
import type { ClaimStock } from './claim-stock.ts'
import { newOrder, type NewOrder } from './new-order.ts'
import { findOrderState } from './order.ts'
import { charge, record } from './payment.ts'
import { readClock } from './queries.ts'
import { cartChanged, checkTotal, quote } from './quote.ts'
import { liveOrder, replayByKey, replayDoubleClick, replayLive } from './replay.ts'
import { requestHash, type Attempt, type CheckoutRequest } from './request.ts'
import type { Resolve } from './resolve.ts'
import { inProgress, resultOf, type CheckoutResult, type Placed, type Replayed } from './result.ts'

/** What a checkout touches. */
type PlaceNeeds = Resolve & Pick<FastifyInstance, 'pendingOrderLimit' | 'shop' | 'epoch'>

/** TX 1 has placed the order, and it has to be paid. */
type Claimed = { kind: 'claimed'; order: NewOrder }

/** Another order has the key or the cart of this request. */
type Overtaken = { kind: 'overtaken' }

/**
 * The order workflow: key, basket, prices, stock gate, TX 1, charge, TX 2. Repeats of the request, the payment resolver and
 * a cancel may run at the same time: the provider decides a payment once, and TX 2 is a compare-and-set whose losers take
 * the winner's result.
 * @throws the problems of `POST /checkout`
 */
export async function place(
  fastify: PlaceNeeds,
  claimStock: ClaimStock,
  request: CheckoutRequest
): Promise<CheckoutResult> {
  const { key, body } = request
  if (body.items && key === undefined) throw new IdempotencyKeyRequired()

  const begun = await readClock(fastify.db)
  const attempt = { ...request, begun, hash: requestHash(body) }
  const earlier = await replayByKey(fastify, attempt)
  if (earlier) return earlier

  const claim = await buy(fastify, claimStock, attempt).catch(async (refusal: unknown) => {
    // If a repeat of this request was faster, its order is the answer: the client must not be told "sold out" for it.
    const faster = await replayByKey(fastify, attempt)
    if (faster) return faster
    throw refusal
  })
  if (claim.kind === 'replayed') return claim
  // If the provider has no default token, the route's schema requires one.
  return pay(fastify, claim.order, body.payment?.token ?? fastify.payments.token.default!)
}

/** Everything up to TX 1, or an order that was there before. */
async function buy(
  fastify: PlaceNeeds,
  claimStock: ClaimStock,
  attempt: Attempt
): Promise<Claimed | Replayed> {
  const first = await buyBasket(fastify, claimStock, attempt)
  if (first.kind !== 'overtaken') return first
  // If the order that overtook this request bought the cart, it has left the cart: what is still there is bought now.
  const second = await buyBasket(fastify, claimStock, attempt)
  if (second.kind !== 'overtaken') return second
  throw inProgress({ check_in_seconds: 1 })
}

async function buyBasket(
  fastify: PlaceNeeds,
  claimStock: ClaimStock,
  attempt: Attempt
): Promise<Claimed | Replayed | Overtaken> {
  const basket = await readBasket(fastify, attempt)
  const live = await liveOrder(fastify, basket.cart_id)
  if (live) return (await replayLive(fastify, attempt, live)) ?? { kind: 'overtaken' }
  if (basket.lines.length === 0) return replayDoubleClick(fastify, attempt)
  return claimLines(fastify, claimStock, attempt, basket)
}

/** Prices the lines, then claims their stock. */
async function claimLines(
  fastify: PlaceNeeds,
  claimStock: ClaimStock,
  attempt: Attempt,
  { cart_id, lines }: Basket
): Promise<Claimed | Overtaken> {
  const { config, db, checkoutMetrics } = fastify
  const price = await quote(db, lines, config.HOLDFAST_CURRENCY)
  checkTotal(price, attempt.body.expected_total)
  const order = newOrder(attempt, cart_id, price)

  if (await fastify.pendingOrderLimit.isExceeded(order.ip)) throw tooManyReservations()
  const answer = await claimStock(order)
  switch (answer.outcome) {
    case 'placed':
      checkoutMetrics.placed(order.lines)
      return { kind: 'claimed', order }
    case 'exists':
      return { kind: 'overtaken' }
    case 'refused':
      // Another request for this cart may have taken the stock.
      if (await liveOrder(fastify, cart_id)) return { kind: 'overtaken' }
      throw detailed(new InsufficientStock(), { members: { items: answer.shortages } })
    case 'changed':
      throw cartChanged(price, (await quote(db, lines, config.HOLDFAST_CURRENCY)).total)
    case 'late':
      throw detailed(new Overloaded(), { headers: { 'retry-after': 1 } })
    case 'capped':
      throw tooManyReservations()
  }
}

/** Most unknown outcomes end within seconds, and asking again costs little. */
const tooManyReservations = () =>
  detailed(new TooManyReservations(), { headers: { 'retry-after': 10 } })

/** Charges a placed order while the gate drops its hold, then records the outcome (TX 2). */
async function pay(fastify: PlaceNeeds, order: NewOrder, token: string): Promise<Placed> {
  const { id: order_id, number, payment_id, total: amount, lines } = order
  const currency = fastify.config.HOLDFAST_CURRENCY
  const { checkoutMetrics: counts } = fastify
  const metadata = { order_id, order_number: number }
  const [outcome] = await Promise.all([
    counts.timed('charge', () =>
      charge(fastify, order_id, { payment_id, amount, currency, token, metadata })
    ),
    settleTaken(fastify, order_id, lines)
  ])

  const end = await counts.timed('tx2', () => record(fastify, order_id, outcome))
  counts.paid(end)
  counts.ended(end, lines)
  const paid = (await findOrderState(fastify.db, order_id))!
  await afterPayment(fastify, order, paid)
  return resultOf('placed', paid)
}
