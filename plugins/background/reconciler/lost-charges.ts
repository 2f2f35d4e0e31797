import { sql, type Kysely } from 'kysely'
import type { Database } from '../../../sql/types.ts'
import type { Charge } from '../../shop/payments/port.ts'

/** A charge that this run has found without a payment. */
export type Lost = {
  payment_id: string
  amount: number
  /** It was seen in this epoch before, at least ten minutes ago. */
  is_due: boolean
  /** An earlier run has begun to give it back. */
  is_begun: boolean
}

const minutesBetween = 10

/** Writes down that these charges were seen, and answers what is known of them. A new epoch begins the wait again. */
export async function noteLost(db: Kysely<Database>, charges: Charge[]): Promise<Lost[]> {
  const { rows } = await sql<Lost>`
    insert into lost_charges as known (payment_id, amount, currency, epoch)
    select t.id, t.amount, t.currency, cluster.epoch
    from cluster, unnest(
      ${charges.map(({ payment_id }) => payment_id)}::uuid[],
      ${charges.map(({ amount, refunded }) => amount - refunded)}::bigint[],
      ${charges.map(({ currency }) => currency)}::text[]) as t (id, amount, currency)
    on conflict (payment_id) do update set
      amount = case when known.given_back_at is null then excluded.amount else known.amount end,
      epoch = excluded.epoch,
      seen_at = case when known.epoch = excluded.epoch then known.seen_at else excluded.seen_at end
    returning payment_id, amount,
      seen_at <= clock_timestamp() - make_interval(mins => ${minutesBetween}::int) as is_due,
      given_back_at is not null as is_begun`.execute(db)
  return rows
}

/**
 * Marks charges as being given back, before the provider is asked: a crash in between costs no bound, because the next run
 * finds the mark. Leaves out a charge whose payment is there by now, and all of them in another epoch than `epoch`.
 * @returns the ids that are marked
 */
export async function markGivenBack(
  db: Kysely<Database>,
  { payment_ids, epoch, unattended }: { payment_ids: string[]; epoch: string; unattended: boolean }
): Promise<Set<string>> {
  const { rows } = await sql<{ payment_id: string }>`
    update lost_charges set
      given_back_at = coalesce(given_back_at, clock_timestamp()),
      unattended = case when given_back_at is null then ${unattended}::boolean else unattended end
    where payment_id = any (${payment_ids}::uuid[])
      and ${epoch}::uuid = (select epoch from cluster)
      and not exists (select from payments where payments.id = lost_charges.payment_id)
    returning payment_id`.execute(db)
  return new Set(rows.map(({ payment_id }) => payment_id))
}

export type Day = { charges: number; amount: number; captured: number; reviewed: boolean }

/** What was given back unattended within a day, what was captured in that day, and whether an operator has seen this epoch. */
export async function lookAtDay(db: Kysely<Database>): Promise<Day> {
  const { rows } = await sql<Day>`
    select count(*) as charges, coalesce(sum(amount), 0)::bigint as amount,
      (
        select coalesce(sum(captured), 0)::bigint from payments
        where created_at > clock_timestamp() - interval '1 day'
          and id > (lpad(to_hex((extract(epoch from clock_timestamp() - interval '25 hours') * 1000)::bigint), 12, '0')
                    || repeat('0', 20))::uuid
      ) as captured,
      (select reviewed_at is not null from epochs where ended_at is null) as reviewed
    from lost_charges
    where unattended and given_back_at > clock_timestamp() - interval '1 day'`.execute(db)
  return rows[0]!
}

/** An operator has looked at what this epoch has lost: from here on the reconciler may give back unattended. */
export const reviewEpoch = (db: Kysely<Database>, epoch: string) =>
  db
    .updateTable('epochs')
    .set({ reviewed_at: sql`coalesce(reviewed_at, clock_timestamp())` })
    .where('epoch', '=', epoch)
    .execute()
