import { Gauge, type Registry } from 'prom-client'

/** A plugin's numbers stand beside it and are registered by it. A help text says which value is good. */
export function openMetrics(registry: Registry) {
  const products = new Gauge({
    name: 'holdfast_template_products',
    help: 'Products of the shop when they were last counted; any number is good',
    registers: [registry]
  })
  return { counted: (count: number) => products.set(count) }
}
