import { Counter, Gauge, type Registry } from 'prom-client'

/** Reads and fills of the cache, by the first part of their keys: product, products, categories. */
export function openMetrics(registry: Registry, copies_bytes: () => number) {
  const reads = new Counter({
    name: 'holdfast_cache_reads_total',
    help: 'Reads through the cache: hit; miss; joined another load on this node; filled by another node meanwhile; away: Redis did not answer',
    labelNames: ['cache', 'result'],
    registers: [registry]
  })
  const fills = new Counter({
    name: 'holdfast_cache_fills_total',
    help: 'Values offered to the cache: stored, or refused since a change, a flush or time ended the lease',
    labelNames: ['cache', 'result'],
    registers: [registry]
  })
  registry.registerMetric(copiesGauge(copies_bytes))
  return {
    read: (key: string, result: 'hit' | 'miss' | 'joined' | 'filled' | 'away') =>
      reads.inc({ cache: nameOf(key), result }),
    fill: (key: string, stored: boolean) =>
      fills.inc({ cache: nameOf(key), result: stored ? 'stored' : 'refused' })
  }
}

const nameOf = (key: string) => key.slice(0, key.indexOf(':'))

const copiesGauge = (copies_bytes: () => number) =>
  new Gauge({
    name: 'holdfast_cache_copies_bytes',
    help: 'Bytes of the copies that this node keeps of catalog texts, and of the bodies made of them; 16,000,000 at most',
    registers: [],
    collect() {
      this.set(copies_bytes())
    }
  })
