import { countRefusals, type Needs } from './distribute.ts'
import { aggregateOf, findBacklog, settleBacklog } from './queries.ts'

const batch = 200

/**
 * Sends a sink what it lacks of a partition, from the oldest event on. A refused event stops its aggregate alone.
 * @returns false when the sink is unreachable
 */
export async function sendBacklog(
  needs: Needs,
  sink: string,
  partition: number,
  over: () => boolean
): Promise<boolean> {
  const { db, reach } = needs
  const stopped = new Set<string>()
  let after = 0
  for (let found = batch; found === batch && !over();) {
    const rows = await findBacklog(db, {
      sink,
      partition,
      after,
      stopped: [...stopped],
      limit: batch
    })
    found = rows.length
    if (found === 0) return true
    after = rows.at(-1)!.seq
    const answer = await reach.offerTo(sink, rows, over)
    const seqs = answer.taken.map(({ seq }) => seq)
    if (seqs.length > 0) await settleBacklog(db, { sink, seqs })
    for (const { row, err } of answer.refused) if (!err.is_ours) stopped.add(aggregateOf(row))
    await countRefusals(needs, answer)
    if (answer.unreachable) return false
  }
  return true
}
