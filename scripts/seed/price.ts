import type { Kind } from './department.ts'
import { random, seedOf } from './random.ts'
import type { Variant } from './variants.ts'

/**
 * The price of a variant, in minor units. Brand, line, material and extent (litres, watts, shelves) decide it; colours and
 * clothes sizes do not.
 */
export function priceOf(kind: Kind, { brand, line, attributes }: Variant): number {
  const draw = random(seedOf(`${kind.name} ${brand} ${line} ${attributes['material']}`))
  const size = extent(kind, attributes)
  const share = size === undefined ? draw() : 0.6 * draw() + 0.4 * size
  const [from, to] = kind.price
  const price = from + share * (to - from)
  const step = price < 60 ? 1 : price < 200 ? 5 : 10
  return Math.round(price / step) * step * 100 - ending(brand)
}

/** A variant's place between the smallest (0) and the largest (1); undefined: its kind has no sizes in numbers. */
function extent(kind: Kind, attributes: Record<string, string>): number | undefined {
  for (const [name, values] of Object.entries(kind.options)) {
    if (values.every((value) => /^\d/.test(value))) {
      return values.indexOf(attributes[name]!) / (values.length - 1)
    }
  }
  return undefined
}

/** All prices of a brand end in 00, in 90 or in 99. */
function ending(brand: string): number {
  return [0, 10, 1][(seedOf(brand) >>> 0) % 3]!
}
