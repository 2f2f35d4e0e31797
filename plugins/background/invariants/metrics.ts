import { Gauge, type Registry } from 'prom-client'

/** What the checks have found, for Prometheus: alerts look at it. */
export const openMetrics = (registry: Registry) => ({
  violations: new Gauge({
    name: 'holdfast_invariant_violations',
    help: 'Rows that break an invariant, when it was last checked by this node; 0 is the only good number',
    labelNames: ['name'],
    registers: [registry]
  })
})
