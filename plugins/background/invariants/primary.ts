import type { Pool } from 'pg'
import type { TimedQuery } from '../../storage/database-metrics/index.ts'
import { mostWitnesses, type Finding, type Witness } from './finding.ts'
import type { Invariant } from './files.ts'

/** Runs the queries of sql/invariants on the primary, all in one snapshot. */
export async function checkPrimary(
  pool: Pool,
  invariants: Invariant[],
  timedQuery: TimedQuery
): Promise<Finding[]> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    const findings: Finding[] = []
    await client.query('begin isolation level repeatable read, read only')
    for (const { query, ...invariant } of invariants) {
      const { rows } = await timedQuery('invariants', invariant.name, () =>
        client.query<{ violations: number; witness: Witness }>(
          `select count(*) over () as violations, to_jsonb(found) as witness
           from (${query}) as found limit ${mostWitnesses}`
        )
      )
      const witnesses = rows.map(({ witness }) => witness)
      const violations = rows[0]?.violations ?? 0
      findings.push({ ...invariant, violations, witnesses, checked: true })
    }
    await client.query('commit')
    return findings
  } catch (err) {
    broken = err as Error
    throw err
  } finally {
    client.release(broken)
  }
}
