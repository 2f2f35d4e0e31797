import { sql, type Kysely } from 'kysely'
import type { Database, Reader } from '../../../sql/types.ts'

/**
 * A payment with the sum of its refunds that succeeded, how many are pending, and the age of the oldest one that the provider
 * has not accepted yet: banks may take days for one that it has accepted.
 */
export type Payment = Awaited<ReturnType<typeof findPayments>>[number]

export const findPayments = (db: Reader, payment_ids: string[]) =>
  db
    .selectFrom('payments')
    .innerJoin('orders', 'orders.id', 'payments.order_id')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('refunds')
          .select([
            sql<number>`coalesce(sum(amount) filter (where status = 'succeeded'), 0)::bigint`.as(
              'returned'
            ),
            sql<number>`count(*) filter (where status = 'pending')`.as('pending'),
            sql<number | null>`extract(epoch from clock_timestamp() - min(created_at)
              filter (where status = 'pending' and provider_reference is null))::float8`.as(
              'waiting_seconds'
            )
          ])
          .whereRef('refunds.payment_id', '=', 'payments.id')
          .as('back'),
      (join) => join.onTrue()
    )
    .select([
      'payments.id as payment_id',
      'payments.order_id',
      'payments.amount',
      'payments.currency',
      'payments.status',
      'payments.captured',
      'payments.provider',
      'orders.status as order_status',
      sql<number>`back.returned`.as('returned'),
      sql<number>`back.pending`.as('pending'),
      'back.waiting_seconds'
    ])
    .where('payments.id', '=', sql<string>`any (${payment_ids}::uuid[])`)
    .execute()

export type OurOrigin = Awaited<ReturnType<typeof findOrigin>>

/** The shop, its payment provider, and the epochs that this database has had. */
export async function findOrigin(db: Reader) {
  const [cluster, epochs] = await Promise.all([
    db.selectFrom('cluster').select(['shop', 'provider']).executeTakeFirstOrThrow(),
    db.selectFrom('epochs').select(['epoch', 'ended_at']).execute()
  ])
  return { shop: cluster.shop!, provider: cluster.provider, epochs }
}

/** Cancels an order whose whole charge the provider has refunded (sql/functions/record_return.sql). @returns whether it could */
export async function recordReturn(db: Kysely<Database>, order_id: string): Promise<boolean> {
  const { rows } = await sql<{ answer: string }>`
    select record_return(p_id => ${order_id}::uuid) as answer`.execute(db)
  return rows[0]!.answer === 'cancelled'
}
