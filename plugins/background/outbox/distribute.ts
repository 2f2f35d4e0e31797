import type { Kysely } from 'kysely'
import type { Database } from '../../../sql/types.ts'
import { effectsName } from './effects.ts'
import type { Offer } from './offer.ts'
import {
  aggregateOf,
  countRefusal,
  findFresh,
  mostAttempts,
  settleEvents,
  type Row
} from './queries.ts'
import type { Reach, RelayEvents } from './reach.ts'

const batch = 200

/** What sending events takes, new ones and a backlog. */
export type Needs = { db: Kysely<Database>; reach: Reach; events: RelayEvents }

/**
 * Sends the new events of a partition to the sinks that are in step, and notes which sinks lack them. A sink that lacks an
 * event is not sent later ones here: it gets all of them from its backlog, in their order.
 * @returns false when every sink is unreachable: nothing was noted, the events wait as they are
 */
export async function distribute(
  needs: Needs,
  partition: number,
  sinks: string[],
  over: () => boolean
): Promise<boolean> {
  const { db, reach } = needs
  const in_step = new Set(sinks)
  for (let found = batch; found === batch && in_step.size > 0 && !over();) {
    const rows = await findFresh(db, { partition, limit: batch })
    found = rows.length
    if (found === 0) return true
    const offers = await offerAll(reach, rows, in_step, over)
    if (!(await settle(needs, rows, offers, in_step))) return over()
    if (reach.effectsFirst() && !in_step.has(effectsName)) return true
  }
  return true
}

/** Effects first: other sinks are sent events whose effects are done. Then all of the others at once. */
async function offerAll(reach: Reach, rows: Row[], in_step: Set<string>, over: () => boolean) {
  const reachable = [...in_step].filter(reach.isReachable)
  // When all of them were unreachable, asking is how the relay learns that one answers again.
  const names = reachable.length > 0 ? reachable : [...in_step]
  const first = names.includes(effectsName)
    ? await reach.offerTo(effectsName, rows, over)
    : undefined
  const due = first && !first.unreachable ? first.taken : rows
  const others = names.filter((name) => name !== effectsName)
  const offers = await Promise.all(others.map((name) => reach.offerTo(name, due, over)))
  return first ? [first, ...offers] : offers
}

/** @returns whether any event was settled: taken or refused by a sink */
async function settle(needs: Needs, rows: Row[], offers: Offer[], in_step: Set<string>) {
  const takers = takersOf(offers)
  const held = heldBack(offers)
  const settled = rows.filter((row) => takers.has(row.seq) || held(row))
  const namesOf = ({ seq }: Row) => takers.get(seq) ?? []
  for (const group of Map.groupBy(settled, (row) => namesOf(row).join()).values()) {
    const seqs = group.map(({ seq }) => seq)
    await settleEvents(needs.db, { seqs, sinks: namesOf(group[0]!) })
  }
  for (const offer of offers) await countRefusals(needs, offer)
  for (const name of in_step)
    if (settled.some((row) => !namesOf(row).includes(name))) in_step.delete(name)
  return settled.length > 0
}

export async function countRefusals({ db, events }: Needs, { sink, refused }: Offer) {
  for (const { row, err } of refused) {
    const count = await countRefusal(db, sink, row.seq, !err.is_ours)
    if (count === mostAttempts) (err.is_ours ? events.failing : events.parked)(sink, row, err)
  }
}

function takersOf(offers: Offer[]) {
  const takers = new Map<number, string[]>()
  for (const { sink, taken } of offers)
    for (const { seq } of taken) takers.set(seq, [...(takers.get(seq) ?? []), sink])
  return takers
}

/** Whether a sink has refused this event, or an earlier one of its aggregate. */
function heldBack(offers: Offer[]) {
  const since = new Map<string, number>()
  for (const { row } of offers.flatMap(({ refused }) => refused)) {
    const aggregate = aggregateOf(row)
    since.set(aggregate, Math.min(row.seq, since.get(aggregate) ?? row.seq))
  }
  return (row: Row) => row.seq >= (since.get(aggregateOf(row)) ?? Infinity)
}
