import { Counter, type Registry } from 'prom-client'

/** What the rate limits count, for Prometheus. */
export function openMetrics(registry: Registry) {
  const limited = new Counter({
    name: 'holdfast_rate_limited_total',
    help: 'Requests refused as too many, by limit; few are good, many are an attack or a limit that is too low',
    labelNames: ['limit'],
    registers: [registry]
  })
  for (const limit of ['api', 'checkout', 'admin']) limited.inc({ limit }, 0)
  return { limited }
}
