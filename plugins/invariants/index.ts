import fp from 'fastify-plugin'
import type { Pool } from 'pg'
import { Gauge } from 'prom-client'
import { openPool } from '../postgres.ts'
import { singleFlight } from '../single-flight.ts'
import { readInvariants, type Invariant } from './files.ts'

export type Finding = Omit<Invariant, 'query'> & {
  violations: number
  /** The first ten rows that break it. */
  witnesses: Witness[]
}

type Witness = Record<string, unknown>

declare module 'fastify' {
  interface FastifyInstance {
    /** Asks the primary whether everything that must always hold does, all of it in one snapshot. */
    checkInvariants: () => Promise<Finding[]>
  }
}

const mostWitnesses = 10
/** They read whole tables. */
const patienceMs = 60_000

/** What the schema cannot check by itself, as queries that find nothing; and the gauge that alerts look at. */
export default fp(
  async (fastify) => {
    const { config, log, metrics } = fastify
    const invariants = readInvariants()
    const pool = openPool(config.PRIMARY_URL, {
      max: 1,
      application_name: `holdfast:${config.PORT}:invariants`,
      statement_timeout: patienceMs,
      idle_in_transaction_session_timeout: patienceMs,
      query_timeout: patienceMs + 2000,
      onError: (err) => log.warn({ err }, 'idle connection to the primary lost')
    })
    fastify.addHook('onClose', () => pool.end())

    const gauge = new Gauge({
      name: 'holdfast_invariant_violations',
      help: 'Rows that break an invariant, when it was last checked by this node; 0 is the only good number',
      labelNames: ['name'],
      registers: [metrics.registry]
    })

    const flights = singleFlight<Finding[]>()
    fastify.decorate('checkInvariants', () =>
      flights('all', async () => {
        const findings = await check(pool, invariants)
        for (const { name, violations, witnesses } of findings) {
          gauge.set({ name }, violations)
          if (violations > 0)
            log.error({ invariant: name, violations, witnesses }, 'an invariant is broken')
        }
        return findings
      })
    )
  },
  { name: 'invariants', dependencies: ['config', 'metrics'] }
)

async function check(pool: Pool, invariants: Invariant[]): Promise<Finding[]> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    const findings: Finding[] = []
    await client.query('begin isolation level repeatable read, read only')
    for (const { query, ...invariant } of invariants) {
      const { rows } = await client.query<{ violations: number; witness: Witness }>(
        `select count(*) over () as violations, to_jsonb(found) as witness
         from (${query}) as found limit ${mostWitnesses}`
      )
      const witnesses = rows.map(({ witness }) => witness)
      findings.push({ ...invariant, violations: rows[0]?.violations ?? 0, witnesses })
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
