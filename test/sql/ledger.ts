import type { Pool } from 'pg'
import type { Test } from 'tap'
import { readInvariants } from '../../plugins/background/invariants/files.ts'

/** Fails the test unless every invariant finds nothing. */
export async function checkLedger(t: Test, sql: Pool): Promise<void> {
  for (const { name, query } of readInvariants()) {
    const { rows } = await sql.query(query)
    if (rows.length > 0) t.same(rows.slice(0, 3), [], name)
  }
  t.pass('every invariant holds')
}
