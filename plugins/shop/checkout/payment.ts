import type { FastifyInstance } from 'fastify'
import type { ChargeRequest, Outcome } from '../payments/port.ts'
import {
  doubtPayment,
  finishOrder,
  type FinishedPayment,
  type FinishOutcome
} from './transactions.ts'

/** Charges, with no transaction open. undefined: no answer within the time limit, the outcome is unknown. */
export async function charge(
  fastify: FastifyInstance,
  request: ChargeRequest
): Promise<Outcome | undefined> {
  const signal = AbortSignal.timeout(fastify.config.PAYMENT_TIMEOUT_MS)
  const outcome = await answered(fastify, fastify.payments.charge({ ...request, signal }))
  await fastify.failpoint('charge-answered')
  return outcome
}

/** Ends a payment's doubt at the provider: how it was decided, or closed for ever. undefined: no answer. */
export async function close(
  fastify: FastifyInstance,
  payment_id: string,
  ms: number
): Promise<Outcome | undefined> {
  const signal = AbortSignal.timeout(ms)
  const outcome = await answered(fastify, fastify.payments.close(payment_id, signal))
  await fastify.failpoint('close-answered')
  return outcome
}

/** Writes down what the provider said (TX 2), or that it said nothing. */
export async function record(
  fastify: FastifyInstance,
  order_id: string,
  outcome: Outcome | undefined,
  closedBecause: 'payment_failed' | 'expired' = 'payment_failed'
): Promise<FinishOutcome | 'unknown'> {
  if (outcome === undefined) {
    await doubtPayment(fastify.db, order_id)
    await fastify.failpoint('doubt-recorded')
    return 'unknown'
  }
  const end = await finishOrder(fastify.db, finished(order_id, outcome, closedBecause))
  if (end === 'refund') fastify.metrics.checkout.chargedLate()
  await fastify.failpoint('payment-recorded')
  return end
}

function finished(
  order_id: string,
  outcome: Outcome,
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
    case 'declined':
      return { ...news, outcome: 'failed', reason: 'payment_declined', code: outcome.decline_code }
    case 'closed':
      return { ...news, outcome: 'failed', reason: closedBecause }
  }
}

/** Whatever the port throws means that the outcome is unknown. */
const answered = (fastify: FastifyInstance, answer: Promise<Outcome>) =>
  answer.catch((err: unknown) => {
    fastify.log.warn({ err }, 'the payment provider gave no answer')
    return undefined
  })
