import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { afterEnd } from './after-commit.ts'
import { close, record } from './payment.ts'
import { findDueHolds, findPendingRefunds } from './queries.ts'
import { retryStatement, finishOrder } from './transactions.ts'

/** One row of claim_payments: a payment that somebody has to look at, and is looked at by us for now. */
type Claim = {
  payment_id: string
  order_id: string
  currency: string
  status: 'processing' | 'unknown' | 'refund_pending'
  order_status: 'pending' | 'confirmed' | 'completed' | 'cancelled'
  age_seconds: number
  hold_due: boolean
}

/** Looks at payments whose time has come, on behalf of nobody. @returns how many */
export async function resolveDue(fastify: FastifyInstance, limit: number): Promise<number> {
  const claims = await claim(fastify, limit, null)
  const ms = fastify.config.PAYMENT_TIMEOUT_MS
  await Promise.all(claims.map((payment) => resolve(fastify, payment, ms)))
  return claims.length
}

/** Looks at one order's payment now, if it is due, for somebody who waits: at most about a second. */
export async function resolveNow(fastify: FastifyInstance, order_id: string): Promise<void> {
  const [payment] = await claim(fastify, 1, order_id)
  if (payment) await resolve(fastify, payment, 1000)
}

/** Ends holds that are over on these products, so that their units can be sold. @returns whether there were any */
export async function resolveDueHolds(
  fastify: FastifyInstance,
  product_ids: string[]
): Promise<boolean> {
  const holds = await findDueHolds(fastify.db, product_ids)
  await Promise.all(holds.map(({ order_id }) => resolveNow(fastify, order_id)))
  return holds.length > 0
}

async function claim(fastify: FastifyInstance, limit: number, order_id: string | null) {
  const { rows } = await sql<Claim>`
    select payment_id, order_id, currency, status, order_status, hold_due,
           extract(epoch from order_age)::float8 as age_seconds
    from claim_payments(${limit}::int, ${order_id}::uuid)`.execute(fastify.db)
  return rows
}

/** Never throws: what could not be ended stays due, and is looked at again. */
async function resolve(fastify: FastifyInstance, payment: Claim, ms: number) {
  const work = payment.status === 'refund_pending' ? refund : endDoubt
  await work(fastify, payment, ms).catch((err: unknown) =>
    fastify.log.error({ err, order_id: payment.order_id }, 'a payment could not be resolved')
  )
}

async function endDoubt(fastify: FastifyInstance, payment: Claim, ms: number) {
  const { order_id, payment_id, hold_due } = payment
  await fastify.failpoint('doubt-claimed')
  const outcome = await close(fastify, payment_id, ms)
  if (outcome === undefined) return giveUp(fastify, payment)

  const end = await record(fastify, order_id, outcome, hold_due ? 'expired' : 'payment_failed')
  fastify.metrics.checkout.ended(end, await afterEnd(fastify, order_id))
  fastify.log.info({ order_id, payment: outcome.status, end }, 'payment resolved')
}

/** The provider is silent: after a while the stock goes back on sale. The payment stays open and is asked for ever. */
async function giveUp(fastify: FastifyInstance, { order_id, order_status, age_seconds }: Claim) {
  if (order_status !== 'pending' || age_seconds < fastify.config.PAYMENT_GIVE_UP_SECONDS) return
  const silence = {
    order_id,
    outcome: 'given_up',
    reason: 'expired',
    reference: null,
    code: null
  } as const
  const end = await finishOrder(fastify.db, silence)
  await fastify.failpoint('order-given-up')
  fastify.metrics.checkout.ended(end, await afterEnd(fastify, order_id))
  fastify.log.warn(
    { order_id, end },
    'the provider was silent for too long, the stock is back on sale'
  )
}

/** Sends every promised refund of a payment; its row says when the provider has it. */
async function refund(fastify: FastifyInstance, { payment_id, currency }: Claim, ms: number) {
  await fastify.failpoint('refund-claimed')
  for (const { id, amount } of await findPendingRefunds(fastify.db, payment_id)) {
    const signal = AbortSignal.timeout(ms)
    const answer = await fastify.payments.refund({
      refund_id: id,
      payment_id,
      amount,
      currency,
      signal
    })
    await fastify.failpoint('refund-answered')
    if (answer.status !== 'succeeded')
      throw new Error(`the provider refused refund ${id} of payment ${payment_id}`)
    await retryStatement(() => sql`select finish_refund(${id}::uuid)`.execute(fastify.db))
    await fastify.failpoint('refund-recorded')
  }
}
