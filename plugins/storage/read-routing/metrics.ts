import { Counter, type Registry } from 'prom-client'
import type { ReadReason } from './reasons.ts'

/** Which reads were served where, and why. */
export function openMetrics(registry: Registry) {
  const reads = new Counter({
    name: 'holdfast_reads_total',
    help: 'Reads that a replica may serve, by who served them and why',
    labelNames: ['target', 'reason'],
    registers: [registry]
  })
  return {
    count: (target: string, reason: ReadReason) => reads.inc({ target, reason }),
    async counts() {
      const { values } = await reads.get()
      return values.map(({ labels, value }) => ({
        target: String(labels.target),
        reason: labels.reason as ReadReason,
        reads: value
      }))
    }
  }
}
