import { Counter, type Registry } from 'prom-client'

/** What load shedding counts, for Prometheus. */
export const openMetrics = (registry: Registry) => ({
  shed: new Counter({
    name: 'holdfast_shed_total',
    help: 'Requests refused because this node had too much to do; 0 is good',
    labelNames: ['why'],
    registers: [registry]
  })
})
