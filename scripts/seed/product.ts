import { slugOf } from '../../plugins/lib/slug.ts'
import { places } from './departments.ts'
import { priceOf } from './price.ts'
import { random, uuid7 } from './random.ts'
import { nthVariant } from './variants.ts'

export interface SampleProduct {
  id: string
  sku: string
  slug: string
  name: string
  description: string
  /** The slug of its category. */
  category: string
  /** In minor units. */
  price: number
  attributes: Record<string, string>
  quantity: number
  created_at: Date
}

/** Products are dated in the year from this day, whatever the date is now. */
export const opened_at = Date.parse('2025-01-01T00:00:00Z')
const year_ms = 365 * 24 * 60 * 60 * 1_000

/** Product number `index` (0 – 999,999): the same on every machine, and in a catalog of any size. */
export function sampleProduct(index: number): SampleProduct {
  const { department, category, kind } = places[index % places.length]!
  const variant = nthVariant(department, kind, Math.floor(index / places.length))
  const { brand, line, attributes } = variant
  const draw = random(index)
  // The fractional parts of the golden ratio's multiples are spread evenly, however many there are.
  const created_at = opened_at + Math.floor(((index * 0.618_033_988_75) % 1) * year_ms)
  const name = `${brand} ${line} ${fill(kind.name, attributes)}`
  return {
    id: uuid7(created_at, draw),
    sku: skuOf(department.slug, index),
    slug: slugOf(name),
    name,
    description: `${sentence(kind.about, attributes)} ${pick(category.notes, draw())}`,
    category: category.slug,
    price: priceOf(kind, variant),
    attributes: { brand, ...attributes },
    quantity: quantity(draw(), draw()),
    created_at: new Date(created_at)
  }
}

/** Most products have plenty of stock, some have little, and some are sold out. */
function quantity(kind: number, share: number): number {
  if (kind < 0.03) return 0
  if (kind < 0.08) return 1 + Math.floor(share * 4)
  return 5 + Math.floor(share * 246)
}

/** Six digits that look random and never repeat: the factor has no divisor in common with a million. */
function skuOf(department: string, index: number): string {
  const number = (index * 618_033 + 271_829) % 1_000_000
  return `${department.slice(0, 3).toUpperCase()}-${String(number).padStart(6, '0')}`
}

function fill(template: string, values: Record<string, string>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => values[name]!)
}

/** Fills a sentence: materials in lower case, "an" before a vowel, a capital letter at the start. */
function sentence(template: string, attributes: Record<string, string>): string {
  const spoken = Object.entries(attributes).map(([name, value]) => [name, inSentence(value)])
  const text = fill(template, Object.fromEntries(spoken)).replace(/\b(a) (?=[aeiou])/gi, '$1n ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Lower case, except for abbreviations and sizes such as TPE, 10 W and A5. */
function inSentence(value: string): string {
  return /^[^a-z]+$|\d/.test(value) ? value : value.toLowerCase()
}

function pick<T>(choices: readonly T[], share: number): T {
  return choices[Math.floor(share * choices.length)]!
}
