import fp from 'fastify-plugin'
import { openPool } from '../../storage/pool.ts'
import { singleFlight } from '../../lib/single-flight.ts'
import { readInvariants } from './files.ts'
import type { Check, Finding } from './finding.ts'
import { gateCheck } from './gate.ts'
import { openMetrics } from './metrics.ts'
import { checkPrimary } from './primary.ts'
import { providerCheck } from './provider.ts'
import { plain, replicasCheck } from './replicas.ts'

export type { Finding } from './finding.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Checks every invariant: on the primary, in one snapshot, and between the primary and the payment provider, Redis and
     * the replicas. Deep: every charge, every product and every row of each replica; else only what is recent.
     */
    checkInvariants: (deep?: boolean) => Promise<Finding[]>
  }
}

/** The queries read whole tables. */
const patienceMs = 60_000

/** Checks what the schema cannot check by itself, and keeps the gauge that alerts look at. */
export default fp(
  async (fastify) => {
    const { config, log, metrics } = fastify
    const invariants = readInvariants()
    const pool = openPool(config.PRIMARY_URL, {
      ...plain,
      application_name: `holdfast:${config.PORT}:invariants`,
      idle_in_transaction_session_timeout: patienceMs,
      onError: (err) => log.warn({ err, pool: 'invariants' }, 'idle connection to the primary lost')
    })
    fastify.addHook('onClose', () => pool.end())
    const checks = [providerCheck(fastify), gateCheck(fastify), replicasCheck(fastify, pool)]

    const gauges = openMetrics(metrics.registry)

    async function run({ look, ...invariant }: Check, deep: boolean): Promise<Finding> {
      const found = await look(deep).catch((err: unknown) => {
        log.warn({ err, invariant: invariant.name }, 'an invariant could not be checked')
        return { violations: 0, witnesses: [], reason: 'the check failed: see the log of the node' }
      })
      return { ...invariant, ...found, checked: found.reason === undefined }
    }

    const flights = singleFlight<Finding[]>()
    fastify.decorate('checkInvariants', (deep = false) =>
      flights(String(deep), async () => {
        const findings = await checkPrimary(pool, invariants, fastify.timedQuery)
        for (const check of checks) findings.push(await run(check, deep))
        for (const { name, checked, violations, witnesses } of findings) {
          if (checked || violations > 0) gauges.violations.set({ name }, violations)
          if (violations > 0)
            log.error({ invariant: name, violations, witnesses }, 'an invariant is broken')
        }
        return findings
      })
    )
  },
  {
    name: 'invariants',
    dependencies: ['config', 'metrics', 'postgres', 'payments', 'reservation', 'reconciler']
  }
)
