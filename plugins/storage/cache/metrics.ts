import { Counter, type Registry } from 'prom-client'

/** Reads and fills of the cache, by the first part of their keys: product, products, categories. */
export function openMetrics(registry: Registry) {
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
  return {
    read: (key: string, result: 'hit' | 'miss' | 'joined' | 'filled' | 'away') =>
      reads.inc({ cache: nameOf(key), result }),
    fill: (key: string, stored: boolean) =>
      fills.inc({ cache: nameOf(key), result: stored ? 'stored' : 'refused' })
  }
}

const nameOf = (key: string) => key.slice(0, key.indexOf(':'))
