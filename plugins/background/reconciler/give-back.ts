import type { FastifyInstance } from 'fastify'
import { v5 } from 'uuid'
import type { Charge } from '../../shop/payments/port.ts'
import { lookAtDay, markGivenBack, noteLost, reviewEpoch, type Lost } from './lost-charges.ts'
import type { Settlement } from './settle.ts'

type Parts = Pick<FastifyInstance, 'config' | 'db' | 'epoch' | 'log' | 'payments'>

/** Who decides: the operator, who has seen that there are `count` lost charges, or the reconciler by its bounds. */
export type Decision = { by: 'operator'; count: number } | { by: 'reconciler' }

/** The namespace of the ids of refunds that have no row in `refunds`. */
const namespace = '6f9a3c1e-5d0b-4b52-9d4e-0c2f6a7b8e11'

/** So many charges of a day are given back unattended, and not one of them if there are more. */
const mostADay = 100
/** The share of the money captured in a day that may be given back unattended, where it is more than RECONCILE_UNATTENDED_AMOUNT. */
const share = 0.01

/**
 * Gives lost charges back: all that may be, or none. The orders of these charges were lost, and so are the exception: more than
 * a few mean a restored, copied or wrong database, and an operator decides.
 * @returns what was done about each charge; charges that it does not name were left
 */
export async function giveBack(
  parts: Parts,
  charges: Charge[],
  decision: Decision
): Promise<Map<string, Settlement>> {
  const { db } = parts
  const epoch = parts.epoch()
  const lost = charges.length > 0 ? await noteLost(db, charges) : []
  if (decision.by === 'operator') {
    if (decision.count !== lost.length) return new Map()
    await reviewEpoch(db, epoch)
  }
  const chosen = decision.by === 'operator' ? lost : await withinBounds(parts, lost)
  const payment_ids = chosen.map(({ payment_id }) => payment_id)
  if (payment_ids.length === 0) return new Map()

  const unattended = decision.by === 'reconciler'
  const marked = await markGivenBack(db, { payment_ids, epoch, unattended })
  const settled = new Map<string, Settlement>()
  for (const charge of charges) {
    if (!marked.has(charge.payment_id)) continue
    settled.set(charge.payment_id, await tryRefunding(parts, charge))
  }
  return settled
}

/** The charges that may be given back unattended: seen twice, and none if all of them and those of the day are too many. */
async function withinBounds({ config, db, log }: Parts, lost: Lost[]): Promise<Lost[]> {
  if (lost.length === 0) return []
  const day = await lookAtDay(db)
  const fresh = lost.filter(({ is_begun }) => !is_begun)
  const count = day.charges + fresh.length
  const amount = fresh.reduce((sum, one) => sum + one.amount, day.amount)
  const floor = config.RECONCILE_UNATTENDED_AMOUNT
  const most = Math.max(floor, Math.floor(day.captured * share))
  const left = { count, amount, most_charges: mostADay, most_amount: most }
  if (floor === 0 || !day.reviewed) {
    log.error(left, 'charges without an order wait for npm run reconcile')
    return []
  }
  if (count > mostADay || amount > most) {
    log.error(left, 'too many charges without an order: none is given back')
    return []
  }
  return lost.filter(({ is_due, is_begun }) => is_due || is_begun)
}

async function tryRefunding(parts: Parts, charge: Charge): Promise<Settlement> {
  try {
    return await refund(parts, charge)
  } catch (err) {
    const { payment_id } = charge
    parts.log.warn({ err, payment_id }, 'a charge without an order could not be given back')
    return 'left'
  }
}

/** Refunds the rest of a charge. The refund's id is made of the payment's, so that every node makes the same refund. */
async function refund({ payments, config }: Parts, charge: Charge): Promise<Settlement> {
  const { payment_id, amount, refunded, currency } = charge
  const answer = await payments.refund({
    refund_id: v5(payment_id, namespace),
    payment_id,
    amount: amount - refunded,
    currency,
    signal: AbortSignal.timeout(config.PAYMENT_TIMEOUT_MS)
  })
  if (answer.status === 'succeeded') return 'refunded'
  return answer.status === 'pending' ? 'pending' : 'left'
}
