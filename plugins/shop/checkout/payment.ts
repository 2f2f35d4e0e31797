import type { FastifyInstance } from 'fastify'
import type { ChargeRequest, Outcome } from '../payments/port.ts'
import { nothingLeft, type Left } from '../reservation/left.ts'
import { recordUnknownOutcome, type FinishedPayment, type FinishOutcome } from './transactions.ts'

type Provider = Pick<FastifyInstance, 'payments' | 'failpoint' | 'log'>

/** How a payment has ended: as the provider decided it, or without the provider, which is not asked for an amount of 0. */
export type PaymentEnd = Outcome | { status: 'free' }

/**
 * Charges, with no transaction open. undefined: the provider gave no usable answer (a timeout or any error), and the outcome
 * is unknown.
 */
export async function charge(
  fastify: Provider & Pick<FastifyInstance, 'config' | 'shop' | 'epoch'>,
  order_id: string,
  request: Omit<ChargeRequest, 'shop' | 'epoch' | 'signal'>
): Promise<PaymentEnd | undefined> {
  if (request.amount === 0) return { status: 'free' }
  const signal = AbortSignal.timeout(fastify.config.PAYMENT_TIMEOUT_MS)
  const origin = { shop: fastify.shop(), epoch: fastify.epoch() }
  const answer = fastify.payments.charge({ ...request, ...origin, signal })
  const { payment_id } = request
  const outcome = await orUnknown(fastify, { call: 'charge', payment_id, order_id }, answer)
  await fastify.failpoint('charge-answered')
  return outcome
}

/**
 * Ends an unknown outcome at the provider: learns how the payment was decided, or closes it, after which it can't be
 * charged. undefined: the provider gave no usable answer within `ms`.
 */
export async function close(
  fastify: Provider,
  { payment_id, order_id, amount }: { payment_id: string; order_id: string; amount: number },
  ms: number
): Promise<PaymentEnd | undefined> {
  if (amount === 0) return { status: 'free' }
  const signal = AbortSignal.timeout(ms)
  const answer = fastify.payments.close(payment_id, signal)
  const outcome = await orUnknown(fastify, { call: 'close', payment_id, order_id }, answer)
  await fastify.failpoint('close-answered')
  return outcome
}

/** What is touched when a payment's outcome is recorded. */
export type RecordOutcome = Pick<
  FastifyInstance,
  'db' | 'orderBatches' | 'failpoint' | 'checkoutMetrics'
>

/** How a payment has ended, and the stock that there is since units have come back. */
export type Recorded = { end: FinishOutcome | 'unknown'; left: Left }

/** Records what the provider answered (TX 2), or that it gave no usable answer. */
export async function record(
  fastify: RecordOutcome,
  order_id: string,
  outcome: PaymentEnd | undefined,
  closedBecause: 'payment_failed' | 'expired' = 'payment_failed'
): Promise<Recorded> {
  if (outcome === undefined) {
    await recordUnknownOutcome(fastify.db, order_id)
    await fastify.failpoint('unknown-outcome-recorded')
    return { end: 'unknown', left: nothingLeft }
  }
  const payment = finished(order_id, outcome, closedBecause)
  const { outcome: end, left } = await fastify.orderBatches.finish(payment)
  if (end === 'refund') fastify.checkoutMetrics.chargedLate()
  await fastify.failpoint('payment-recorded')
  return { end, left }
}

function finished(
  order_id: string,
  outcome: PaymentEnd,
  closedBecause: 'payment_failed' | 'expired'
): FinishedPayment {
  const news = { order_id, reference: null, code: null }
  switch (outcome.status) {
    case 'succeeded':
      return {
        ...news,
        outcome: 'succeeded',
        reason: 'payment_failed',
        reference: outcome.reference
      }
    case 'free':
      return { ...news, outcome: 'succeeded', reason: 'payment_failed' }
    case 'declined':
      return { ...news, outcome: 'failed', reason: 'payment_declined', code: outcome.decline_code }
    case 'closed':
      return { ...news, outcome: 'failed', reason: closedBecause }
  }
}

/** Every error that the provider throws means that the outcome is unknown. */
const orUnknown = (
  { log }: Pick<FastifyInstance, 'log'>,
  asked: { call: 'charge' | 'close'; payment_id: string; order_id: string },
  answer: Promise<Outcome>
) =>
  answer.catch((err: unknown) => {
    log.warn({ err, ...asked }, 'the payment provider gave no answer')
    return undefined
  })
