import type { FastifyInstance } from 'fastify'
import { sql, type Kysely } from 'kysely'
import type { Database } from '../../../sql/types.ts'
import { statement } from '../../storage/statement.ts'
import { afterEnd, type AfterEnd } from './after-commit.ts'
import { close, record, type RecordOutcome } from './payment.ts'
import { findDueHolds } from './queries.ts'
import { sendRefunds } from './refund.ts'

/** What is touched when a payment is resolved. */
export type Resolve = AfterEnd & RecordOutcome & Pick<FastifyInstance, 'payments' | 'config'>

/** One row of claim_payments: a payment that has to be resolved. Other nodes leave it to this one for a while. */
type Claim = {
  payment_id: string
  order_id: string
  amount: number
  currency: string
  status: 'processing' | 'unknown' | 'refund_pending'
  order_status: 'pending' | 'confirmed' | 'completed' | 'cancelled'
  age_seconds: number
  hold_due: boolean
}

/** Resolves up to `limit` payments that are due. @returns how many, when all of them have been looked at */
export async function resolveDue(fastify: Resolve, limit: number): Promise<number> {
  const begun = await beginDue(fastify, limit)
  await Promise.all(begun)
  return begun.length
}

/** Begins to resolve up to `limit` payments that are due. @returns a promise for each, which never rejects */
export async function beginDue(fastify: Resolve, limit: number): Promise<Promise<void>[]> {
  const claims = await claim(fastify, limit, null)
  const ms = fastify.config.PAYMENT_TIMEOUT_MS
  return claims.map((payment) => resolve(fastify, payment, ms))
}

/** Resolves one order's payment now, if it is due, for a request that waits for it: takes about a second at most. */
export async function resolveNow(fastify: Resolve, order_id: string): Promise<void> {
  const [payment] = await claim(fastify, 1, order_id)
  if (payment) await resolve(fastify, payment, 1000)
}

/** Ends expired reservations of these products, so that their units can be sold. @returns whether there were any */
export async function resolveDueHolds(fastify: Resolve, product_ids: string[]): Promise<boolean> {
  const holds = await findDueHolds(fastify.db, { product_ids })
  await Promise.all(holds.map(({ order_id }) => resolveNow(fastify, order_id)))
  return holds.length > 0
}

const claim = (
  { db, config }: Pick<FastifyInstance, 'db' | 'config'>,
  limit: number,
  order_id: string | null
) => claimPayments(db, { limit, order_id, give_up: `${config.PAYMENT_GIVE_UP_SECONDS} seconds` })

type Wanted = { limit: number; order_id: string | null; give_up: string }

const claimPayments = statement(
  (_db: Kysely<Database>, { limit, order_id, give_up }: Wanted) => sql<Claim>`
    select payment_id, order_id, amount, currency, status, order_status, hold_due,
           extract(epoch from order_age)::float8 as age_seconds
    from claim_payments(
      p_limit => ${limit}::int,
      p_order => ${order_id}::uuid,
      p_give_up => ${give_up}::interval)`
)

/** Never throws: a payment that could not be resolved stays due, and is claimed again. */
async function resolve(fastify: Resolve, payment: Claim, ms: number) {
  const work = payment.status === 'refund_pending' ? sendRefunds : endUnknownOutcome
  await work(fastify, payment, ms).catch((err: unknown) =>
    fastify.log.error({ err, order_id: payment.order_id }, 'a payment could not be resolved')
  )
}

async function endUnknownOutcome(fastify: Resolve, payment: Claim, ms: number) {
  const { order_id, hold_due } = payment
  await fastify.failpoint('unknown-outcome-claimed')
  const outcome = await close(fastify, payment, ms)
  if (outcome === undefined) return giveUp(fastify, payment)

  const reason = hold_due ? 'expired' : 'payment_failed'
  const { end } = await record(fastify, order_id, outcome, reason)
  fastify.checkoutMetrics.ended(end, await afterEnd(fastify, order_id))
  fastify.log.info({ order_id, payment: outcome.status, end }, 'payment resolved')
}

/** The provider has been silent for too long: the stock goes back on sale. The payment stays open and due. */
async function giveUp(
  fastify: Omit<Resolve, 'payments'>,
  { order_id, order_status, age_seconds }: Claim
) {
  if (order_status !== 'pending' || age_seconds < fastify.config.PAYMENT_GIVE_UP_SECONDS) return
  const silence = {
    order_id,
    outcome: 'given_up',
    reason: 'expired',
    reference: null,
    code: null
  } as const
  const { outcome: end } = await fastify.orderBatches.finish(silence)
  await fastify.failpoint('order-given-up')
  fastify.checkoutMetrics.ended(end, await afterEnd(fastify, order_id))
  if (end === 'cancelled')
    fastify.log.warn(
      { order_id, end },
      'the provider was silent for too long, the stock is back on sale'
    )
  else
    fastify.log.info(
      { order_id, end },
      'the provider was silent for too long, another caller had ended the order'
    )
}
