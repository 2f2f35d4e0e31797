import {
  detailed,
  IdempotencyKeyRequired,
  InsufficientStock,
  Overloaded,
  TooManyReservations
} from '../../kernel/errors/problems.ts'
import { wrongMembers } from '../../kernel/errors/faults.ts'
import type { Left } from '../reservation/left.ts'
import { readBasket, type Basket } from './basket.ts'
import type { ClaimStock } from './claim-stock.ts'
import { newOrder, type NewOrder } from './new-order.ts'
import type { Seen } from './look.ts'
import { pay, type PayNeeds } from './pay.ts'
import { findNextCheck } from './queries.ts'
import { cartChanged, checkTotal, quote } from './quote.ts'
import { liveOrder, replayDoubleClick, replayEarlier, replayLive } from './replay.ts'
import type { Attempt, CheckoutRequest } from './request.ts'
import { attemptOf } from './request-hash.ts'
import { inProgress, type CheckoutResult, type Replayed } from './result.ts'

/** TX 1 has placed the order, and it has to be paid. */
type Claimed = { kind: 'claimed'; order: NewOrder; left: Left }

/** Another order has the key or the cart of this request. */
type Overtaken = { kind: 'overtaken' }

/**
 * The order workflow: key, basket, prices, stock gate, TX 1, charge, TX 2. Repeats of the request, the payment resolver and
 * a cancel may run at the same time: the provider decides a payment once, and TX 2 is a compare-and-set whose losers take
 * the winner's result.
 * @throws the problems of `POST /checkout`
 */
export async function place(
  fastify: PayNeeds,
  claimStock: ClaimStock,
  request: CheckoutRequest
): Promise<CheckoutResult> {
  const { key, body } = request
  if (body.items && key === undefined) throw new IdempotencyKeyRequired()

  const attempt = attemptOf(request)
  const basket = await readBasket(fastify, attempt).catch((err: unknown) => ({ err, ...unread }))
  const seen = await ask(fastify, attempt, basket)
  if (seen.earlier !== null) return replayEarlier(fastify, attempt, seen.earlier)
  if ('err' in basket) throw basket.err

  const claim = await buy(
    fastify,
    claimStock,
    { attempt, begun: seen.now },
    { basket, seen }
  ).catch(async (refusal: unknown) => {
    // If a repeat of this request was faster, its order is the answer: the client must not be told "sold out" for it.
    const { earlier } = key === undefined ? unknown : await ask(fastify, attempt, unread)
    if (earlier !== null) return replayEarlier(fastify, attempt, earlier)
    throw refusal
  })
  if (claim.kind === 'replayed') return claim
  return pay(fastify, claim.order, claim.left, body.payment?.token)
}

/** A cart that could not be read: what the request has bought before can still be looked for. */
const unread: Basket = { cart_id: null, lines: [] }
const unknown = { earlier: null }

/** A request with the database's clock when it first asked: TX 1 refuses one that took too long. */
type Begun = { attempt: Attempt; begun: Date }

/** What a request buys, and what PostgreSQL knows of it. */
type Sight = { basket: Basket; seen: Seen }

const ask = (
  { orderBatches }: Pick<PayNeeds, 'orderBatches'>,
  { session, key, purchase, hash }: Attempt,
  { cart_id, lines }: Basket
) =>
  orderBatches.look({
    session,
    key,
    purchase,
    hash,
    cart_id,
    product_ids: lines.map(({ product_id }) => product_id)
  })

/** Everything up to TX 1, or an order that was there before. */
async function buy(
  fastify: PayNeeds,
  claimStock: ClaimStock,
  begun: Begun,
  sight: Sight
): Promise<Claimed | Replayed> {
  const first = await buyBasket(fastify, claimStock, begun, sight)
  if (first.kind !== 'overtaken') return first
  // If the order that overtook this request bought the cart, it has left the cart: what is still there is bought now.
  const { attempt } = begun
  const basket = await readBasket(fastify, attempt)
  const seen = await ask(fastify, attempt, basket)
  const second = await buyBasket(fastify, claimStock, begun, { basket, seen })
  if (second.kind !== 'overtaken') return second
  throw inProgress()
}

async function buyBasket(
  fastify: PayNeeds,
  claimStock: ClaimStock,
  begun: Begun,
  { basket, seen }: Sight
): Promise<Claimed | Replayed | Overtaken> {
  const { attempt } = begun
  const live = await liveOrder(fastify, seen.live)
  if (live) return (await replayLive(fastify, attempt, live)) ?? { kind: 'overtaken' }
  if (basket.lines.length === 0) return replayDoubleClick(fastify, attempt)
  return claimLines(fastify, claimStock, begun, { basket, seen })
}

/** Prices the lines, then claims their stock. */
async function claimLines(
  fastify: PayNeeds,
  claimStock: ClaimStock,
  { attempt, begun }: Begun,
  { basket, seen }: Sight
): Promise<Claimed | Overtaken> {
  const { config, db, checkoutMetrics } = fastify
  const { cart_id, lines } = basket
  const price = quote(seen.products, lines, config.HOLDFAST_CURRENCY)
  // An order of nothing needs no payment, and takes any.
  if (price.total > 0) checkPayment(attempt)
  checkTotal(price, attempt.body.expected_total)
  const order = newOrder(attempt, { cart_id, begun }, price)

  const pending = await fastify.pendingOrderLimit.findExcess(order.ip)
  if (pending.length > 0) throw tooManyReservations(await findNextCheck(db, { ids: pending }))
  const leave = await fastify.unpaidOrderLimit.enter(order, order.id)
  const answer = await claimStock(order)
  if (answer.outcome !== 'placed') await leave()
  switch (answer.outcome) {
    case 'placed':
      checkoutMetrics.placed(order.lines)
      return { kind: 'claimed', order, left: answer.left }
    case 'exists':
      return { kind: 'overtaken' }
    case 'refused':
      // Another request for this cart may have taken the stock.
      if (cart_id && (await liveOrder(fastify, (await ask(fastify, attempt, basket)).live)))
        return { kind: 'overtaken' }
      throw detailed(new InsufficientStock(), { members: { items: answer.shortages } })
    case 'changed': {
      const now = await ask(fastify, attempt, basket)
      throw cartChanged(price, quote(now.products, lines, config.HOLDFAST_CURRENCY).total)
    }
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
