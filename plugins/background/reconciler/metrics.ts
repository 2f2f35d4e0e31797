import { Counter, type Registry } from 'prom-client'
import { findings } from './differences.ts'

export function openMetrics(registry: Registry) {
  const found = new Counter({
    name: 'holdfast_reconciled_charges_total',
    help: 'Charges that differ between the provider and the payments here, found by this node, by finding',
    labelNames: ['finding'],
    registers: [registry]
  })
  // At 0 from the start: Prometheus sees no increase in a series that begins at 1.
  for (const finding of findings) found.inc({ finding }, 0)
  return { found }
}
