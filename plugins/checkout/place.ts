import type { FastifyInstance } from 'fastify'
import { v7 } from 'uuid'
import {
  CartChanged,
  CartEmpty,
  CurrencyMismatch,
  detailed,
  IdempotencyKeyRequired,
  IdempotencyKeyReused,
  InsufficientStock,
  Overloaded
} from '../errors/problems.ts'
import type { Line } from '../reservation/index.ts'
import { bought, ended, stockReturned, stockTaken } from './aftermath.ts'
import { answerFrom, inProgress, isDue, type Placed } from './answer.ts'
import { orderNumber, requestHash } from './ids.ts'
import { charge, record } from './payment.ts'
import { quote, sumLines, type Quote } from './purchase.ts'
import {
  findByKey,
  findJustBought,
  findLiveOrder,
  findOrderState,
  readClock,
  type OrderState
} from './queries.ts'
import { resolveNow } from './resolve.ts'
import { take } from './take.ts'
import type { NewOrder } from './transactions.ts'

export type CheckoutRequest = {
  session: string
  /** The Idempotency-Key header. Without one the cart is the key. */
  key: string | undefined
  body: {
    email: string
    shipping_address?: object
    payment?: { token: string }
    expected_total?: { amount: number; currency: string }
    /** Bought instead of the cart, which stays untouched. */
    items?: Line[]
  }
}

type Basket = { cart_id: string | null; lines: Line[] }

/**
 * The order workflow: key, cart, prices, gate, TX 1, charge, TX 2. Safe beside itself, the resolver and a cancel: the
 * provider decides a payment once, TX 2 is a compare-and-set and its loser takes the winner's result.
 * @throws the problems of `POST /checkout`
 */
export async function place(fastify: FastifyInstance, request: CheckoutRequest): Promise<Placed> {
  const { session, key, body } = request
  if (body.items && key === undefined) throw new IdempotencyKeyRequired()

  const begun = await readClock(fastify.db)
  const hash = requestHash(body)
  const repeated = await replay(fastify, session, key, hash)
  if (repeated) return repeated

  // Twice: a cart that was bought but not cleared is cleared, and what is left in it is bought.
  for (let round = 1; ; round++) {
    const basket = await readBasket(fastify, request)
    const live = await liveOrder(fastify, basket.cart_id)
    if (live || basket.lines.length === 0) {
      // A repeat of this request may have been faster: then this is how its purchase left the cart.
      const faster = await replay(fastify, session, key, hash)
      if (faster) return faster
    }
    if (live?.status === 'pending') throw inProgress(live)
    if (live) {
      await ended(fastify, live.id)
      if (key === undefined && live.request_hash.equals(hash)) return answerFrom(live, true)
      if (round === 1) continue
      throw inProgress(live)
    }
    if (basket.lines.length === 0) return boughtBefore(fastify, session, key, hash)

    const price = await quote(fastify.db, basket.lines)
    checkTotal(fastify, price.total, body.expected_total)
    const order = newOrder(request, basket, price, hash, begun)

    const answer = await take(fastify, order)
    switch (answer.outcome) {
      case 'placed':
        return pay(fastify, order, body.payment?.token ?? 'tok_success')
      case 'late':
        throw detailed(new Overloaded(), { headers: { 'retry-after': 1 } })
      case 'changed':
        throw await changed(fastify, price, basket.lines)
      case 'refused':
      case 'exists': {
        // A repeat of this request may have been faster: nobody is told "sold out" for a purchase of his own.
        const faster = await replay(fastify, session, key, hash)
        if (faster) return faster
        const own = await liveOrder(fastify, basket.cart_id)
        if (answer.outcome === 'refused' && !own)
          throw detailed(new InsufficientStock(), { members: { items: answer.shortages } })
        if (round === 2) throw inProgress({ check_in_seconds: 1 })
      }
    }
  }
}

/** The answer of the order that has this key, if there is one. */
async function replay(
  fastify: FastifyInstance,
  session: string,
  key: string | undefined,
  hash: Buffer
) {
  const order = key === undefined ? undefined : await findByKey(fastify.db, session, key)
  if (!order) return undefined
  if (!order.request_hash.equals(hash)) throw new IdempotencyKeyReused()
  return answerFrom(await settled(fastify, order), true)
}

/** The order as it is, after ending it if its request died. */
async function settled(fastify: FastifyInstance, order: OrderState): Promise<OrderState> {
  if (order.status !== 'pending' || !isDue(order)) return order
  await resolveNow(fastify, order.id)
  const after = (await findOrderState(fastify.db, order.id))!
  // Still in doubt: that is what it is answered, not "being worked on".
  return after.status === 'pending' ? { ...after, payment_status: 'unknown' } : after
}

/** The order that a cart has become: paid, or still in doubt. */
async function liveOrder(fastify: FastifyInstance, cart_id: string | null) {
  const found = cart_id === null ? undefined : await findLiveOrder(fastify.db, cart_id)
  const order = found && (await settled(fastify, found))
  return order?.status === 'cancelled' ? undefined : order
}

async function readBasket(
  fastify: FastifyInstance,
  { session, body }: CheckoutRequest
): Promise<Basket> {
  if (body.items) return { cart_id: null, lines: sumLines(body.items) }
  const cart = await fastify.carts.read(session)
  return cart ? { cart_id: cart.id, lines: sumLines(cart.lines) } : { cart_id: null, lines: [] }
}

/** An empty cart without a key: the second half of a late double click, or nothing to buy. */
async function boughtBefore(
  fastify: FastifyInstance,
  session: string,
  key: string | undefined,
  hash: Buffer
) {
  const order = key === undefined ? await findJustBought(fastify.db, session) : undefined
  if (!order?.request_hash.equals(hash)) throw new CartEmpty()
  return answerFrom(order, true)
}

function checkTotal(
  { config }: FastifyInstance,
  total: number,
  expected: CheckoutRequest['body']['expected_total']
) {
  if (!expected) return
  if (expected.currency !== config.HOLDFAST_CURRENCY)
    throw new CurrencyMismatch(config.HOLDFAST_CURRENCY)
  if (expected.amount !== total) throw cartChanged(config.HOLDFAST_CURRENCY, expected.amount, total)
}

/** A price changed between the quote and TX 1. */
async function changed({ config, db }: FastifyInstance, before: Quote, lines: Line[]) {
  const now = await quote(db, lines)
  return cartChanged(config.HOLDFAST_CURRENCY, before.total, now.total)
}

const cartChanged = (currency: string, expected: number, actual: number) =>
  detailed(new CartChanged(), {
    members: { expected: { amount: expected, currency }, actual: { amount: actual, currency } }
  })

function newOrder(
  request: CheckoutRequest,
  basket: Basket,
  { lines, total }: Quote,
  hash: Buffer,
  begun: Date
): NewOrder {
  const id = v7()
  return {
    id,
    number: orderNumber(id),
    payment_id: v7(),
    session: request.session,
    key: request.key ?? id,
    hash,
    cart_id: basket.cart_id,
    email: request.body.email,
    shipping_address: request.body.shipping_address,
    total,
    begun,
    lines
  }
}

/** Charges a placed order and writes down how it ended. */
async function pay(fastify: FastifyInstance, order: NewOrder, token: string): Promise<Placed> {
  const { id: order_id, payment_id, total: amount, lines } = order
  const currency = fastify.config.HOLDFAST_CURRENCY
  const [outcome] = await Promise.all([
    charge(fastify, { payment_id, amount, currency, token }),
    stockTaken(fastify, order_id, lines)
  ])

  const end = await record(fastify, order_id, outcome)
  fastify.metrics.checkouts.inc({ outcome: end })
  const state = (await findOrderState(fastify.db, order_id))!
  // Whoever was faster may have died before this, and doing it twice does no harm.
  if (state.confirmed_at) await bought(fastify, order.session, order.cart_id, lines)
  else if (state.status === 'cancelled') await stockReturned(fastify, order_id, lines)
  return answerFrom(state, false)
}
