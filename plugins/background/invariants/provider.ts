import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import type { Reader } from '../../../sql/types.ts'
import { tally, type Check } from './finding.ts'

const recentMs = 2 * 60 * 60_000
/** The provider's clock and the database's differ: the list of charges starts so much earlier than the payments. */
const marginMs = 5 * 60_000
const batch = 1000

/** Every charge belongs to one payment, and every captured payment is charged. */
export const providerCheck = ({ compareCharges, db, payments }: FastifyInstance): Check => ({
  name: 'provider-agrees',
  meaning:
    'A payment is charged at most once, and the charges and refunds of the payment provider are those in the database. (Without deep: charges of the last two hours.)',
  remedy:
    'The provider has charged or refunded money that the database does not know of. Run npm run reconcile: it settles the differences that it can; look up the others at the provider by their payment id. A foreign charge belongs to another shop or another primary: find out who else uses the account.',

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

/** Payments since then that are charged according to the database: those of 0 are not. A payment's id begins with its time. */
async function* captured(db: Reader, since: number) {
  let after = `${since.toString(16).padStart(12, '0').replace(/^.{8}/, '$&-')}-0000-0000-000000000000`
  for (;;) {
    const page = await db
      .selectFrom('payments')
      .select(['id as payment_id', 'order_id', 'amount', 'status'])
      .where('id', '>', sql<string>`${after}::uuid`)
      // The provider of today knows no payments that another one has decided.
      .where(({ eb, selectFrom }) =>
        eb.or([
          eb('provider', 'is', null),
          eb('provider', '=', selectFrom('cluster').select('cluster.provider'))
        ])
      )
      .where('amount', '>', 0)
      .where('status', 'in', ['succeeded', 'refund_pending', 'partially_refunded', 'refunded'])
      .orderBy('id')
      .limit(batch)
      .execute()
    yield* page
    if (page.length < batch) return
    after = page.at(-1)!.payment_id
  }
}
