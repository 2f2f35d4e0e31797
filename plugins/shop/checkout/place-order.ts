import type { FastifyInstance } from 'fastify'
import {
  detailed,
  IdempotencyKeyRequired,
  InsufficientStock,
  Overloaded,
  TooManyReservations
} from '../../kernel/errors/problems.ts'
import { wrongMembers } from '../../kernel/errors/faults.ts'
import { afterPayment, settleTaken } from './after-commit.ts'
import { readBasket, type Basket } from './basket.ts'
import type { ClaimStock } from './claim-stock.ts'
import { newOrder, type NewOrder } from './new-order.ts'
import { findOrderState } from './order.ts'
import { charge, record } from './payment.ts'
import { findNextCheck, readClock } from './queries.ts'
import { cartChanged, checkTotal, quote } from './quote.ts'
import { liveOrder, replayByKey, replayDoubleClick, replayLive } from './replay.ts'
import type { Attempt, CheckoutRequest } from './request.ts'
import { attemptOf } from './request-hash.ts'
import type { Resolve } from './resolve.ts'
import { inProgress, resultOf, type CheckoutResult, type Placed, type Replayed } from './result.ts'
import { retryStatement } from './transactions.ts'

/** What a checkout touches. */
type PlaceNeeds = Resolve &
  Pick<FastifyInstance, 'pendingOrderLimit' | 'unpaidOrderLimit' | 'shop' | 'epoch'>

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

  const attempt = attemptOf(request, await readClock(fastify.db))
  const earlier = await replayByKey(fastify, attempt)
  if (earlier) return earlier

  const claim = await buy(fastify, claimStock, attempt).catch(async (refusal: unknown) => {
    // If a repeat of this request was faster, its order is the answer: the client must not be told "sold out" for it.
    const faster = await replayByKey(fastify, attempt)
    if (faster) return faster
    throw refusal
  })
  if (claim.kind === 'replayed') return claim
  return pay(fastify, claim.order, body.payment?.token)
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
  throw inProgress()
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
  // An order of nothing needs no payment, and takes any.
  if (price.total > 0) checkPayment(attempt)
  checkTotal(price, attempt.body.expected_total)
  const order = newOrder(attempt, cart_id, price)

  const pending = await fastify.pendingOrderLimit.findExcess(order.ip)
  if (pending.length > 0) throw tooManyReservations(await findNextCheck(db, { ids: pending }))
  const leave = await fastify.unpaidOrderLimit.enter(order, order.id)
  const answer = await claimStock(order)
  if (answer.outcome !== 'placed') await leave()
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
      throw tooManyReservations(await findNextCheck(db, order))
  }
}

/** @throws the problem of a token that the provider does not know, or ValidationFailed without a payment */
function checkPayment({ token_fault, body }: Attempt) {
  if (token_fault) throw token_fault
  // Only a provider without a default token leaves it open.
  if (!body.payment) throw wrongMembers({ pointer: '#/payment', detail: 'is required' })
}

/** The client is told to ask again when the resolver has looked at the first of its payments. */
const tooManyReservations = (seconds: number) =>
  detailed(new TooManyReservations(), {
    headers: { 'retry-after': Math.max(1, Math.ceil(seconds) + 1) }
  })

/** Charges a placed order while the gate drops its hold, then records the outcome (TX 2). */
async function pay(fastify: PlaceNeeds, order: NewOrder, token = ''): Promise<Placed> {
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
  const paid = (await retryStatement(() => findOrderState(fastify.db, order_id)))!
  await afterPayment(fastify, order, paid)
  return resultOf('placed', paid)
}
