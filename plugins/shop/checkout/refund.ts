import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import type { RefundOutcome } from '../payments/port.ts'
import { findPendingRefunds, type PendingRefund } from './queries.ts'
import { retryStatement } from './retry-statement.ts'

type SendRefunds = Pick<FastifyInstance, 'db' | 'payments' | 'failpoint' | 'log'>

/**
 * Asks the provider for every pending refund of a payment, and records how each one ended. One that the provider has accepted
 * and not made yet stays pending, and is asked for again. A refund that is refused or gets no answer does not stop the others.
 *
 * @throws the first error of the provider, when all were tried
 */
export async function sendRefunds(
  fastify: SendRefunds,
  { payment_id, currency }: { payment_id: string; currency: string },
  ms: number
) {
  await fastify.failpoint('refund-claimed')
  const errors: unknown[] = []
  for (const refund of await findPendingRefunds(fastify.db, payment_id)) {
    try {
      const { key: refund_id, amount } = refund
      const signal = AbortSignal.timeout(ms)
      const answer =
        answerWithout(refund) ??
        (await fastify.payments.refund({ refund_id, payment_id, amount, currency, signal }))
      await fastify.failpoint('refund-answered')
      await record(fastify, refund, answer)
      await fastify.failpoint('refund-recorded')
    } catch (err) {
      errors.push(err)
    }
  }
  if (errors.length > 0) throw errors[0]
}

/** The end of a refund for which the provider is not asked. */
function answerWithout({ amount, is_ours }: PendingRefund): RefundOutcome | undefined {
  // Version 0.1.0 wrote refunds of 0 for orders of nothing.
  if (amount === 0) return { status: 'succeeded', reference: 'free' }
  // Another provider has charged it, or the original of this copy: the money is not this shop's to give.
  return is_ours ? undefined : { status: 'refused' }
}

async function record(
  { db, log }: Pick<FastifyInstance, 'db' | 'log'>,
  { id, key, provider_reference }: PendingRefund,
  answer: RefundOutcome
) {
  const finish = (status: 'succeeded' | 'failed', reference: string | null, code: string | null) =>
    retryStatement(() =>
      sql`select finish_refund(
        p_refund => ${id}::uuid, p_key => ${key}::uuid, p_status => ${status}::text,
        p_reference => ${reference}::text, p_failure => ${code}::text)`.execute(db)
    )
  switch (answer.status) {
    case 'succeeded':
      await finish('succeeded', answer.reference, null)
      return
    case 'pending':
      if (provider_reference === answer.reference) return
      await db
        .updateTable('refunds')
        .set({ provider_reference: answer.reference, updated_at: sql`now()` })
        .where('id', '=', id)
        .where('status', '=', 'pending')
        .where(sql<string>`coalesce(provider_key, id)`, '=', key)
        .execute()
      return
    case 'failed':
      await finish('failed', answer.reference, answer.failure_code)
      break
    case 'refused':
      await finish('failed', null, 'refused')
  }
  log.error({ refund_id: id, answer }, 'a refund has failed, its money is owed still')
}
