import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import type { Reader } from '../../../sql/types.ts'
import { tally, type Check } from './finding.ts'

const recentMs = 2 * 60 * 60_000
/** Clocks differ; a payment's charge is never looked for before the payment. */
const marginMs = 5 * 60_000
const batch = 1000

/** Every charge is one payment's, and every payment that was captured is charged. */
export const providerCheck = ({ compareCharges, db, payments }: FastifyInstance): Check => ({
  name: 'provider-agrees',
  meaning:
    'A payment is charged at most once, and what the provider has charged and given back is what the books say. (Without deep: charges of the last two hours.)',
  remedy:
    'Money is taken or given back that the books do not know. Run npm run reconcile: it settles what can be settled, and the rest is for people, with the payment id at the provider.',

  async look(deep) {
    const since = deep ? 0 : Date.now() - recentMs
    const { look, add } = tally()
    const charged = new Set<string>()
    const twice: string[] = []
    const seen = ({ payment_id }: { payment_id: string }) => {
      if (charged.has(payment_id)) twice.push(payment_id)
      charged.add(payment_id)
    }

    const listed = new Date(Math.max(0, since - marginMs))
    for await (const { finding, charge, payment } of compareCharges(listed, { seen }))
      add({ finding, charge, books: payment })
    for (const payment_id of twice) add({ finding: 'twice', payment_id })

    for await (const payment of captured(db, since)) {
      if (charged.has(payment.payment_id)) continue
      // It may have been charged after the list was read.
      const decision = await payments.find(payment.payment_id)
      if (decision?.status !== 'succeeded') add({ finding: 'uncharged', ...payment })
    }
    return look
  }
})

/** Payments since then that the books take for charged; their ids are made of the time. */
async function* captured(db: Reader, since: number) {
  let after = `${since.toString(16).padStart(12, '0').replace(/^.{8}/, '$&-')}-0000-0000-000000000000`
  for (;;) {
    const page = await db
      .selectFrom('payments')
      .select(['id as payment_id', 'order_id', 'amount', 'status'])
      .where('id', '>', sql<string>`${after}::uuid`)
      .where('status', 'in', ['succeeded', 'refund_pending', 'partially_refunded', 'refunded'])
      .orderBy('id')
      .limit(batch)
      .execute()
    yield* page
    if (page.length < batch) return
    after = page.at(-1)!.payment_id
  }
}
