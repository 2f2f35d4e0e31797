/** A root category of the sample catalog: who makes its goods, and what they are. */
export interface Department {
  slug: string
  name: string
  description: string
  brands: readonly string[]
  categories: readonly Category[]
}

export interface Category {
  slug: string
  name: string
  description: string
  /** How to care for it, what comes with it: the second sentence of a description. */
  notes: readonly string[]
  kinds: readonly Kind[]
}

/** A thing that is sold in many variants. `{material}` and the like stand for the variant's choice among `options`. */
export interface Kind {
  name: string
  /** The first sentence of a description. */
  about: string
  /** From and to, in whole units of the currency. */
  price: readonly [number, number]
  /** What a variant is told by: the product's attributes. At least 22 combinations, so that a million names differ. */
  options: Readonly<Record<string, readonly string[]>>
}

export const colors = [
  'Black',
  'White',
  'Navy',
  'Charcoal',
  'Sand',
  'Olive',
  'Rust',
  'Burgundy',
  'Sky Blue',
  'Forest Green'
]

export const sizes = ['XS', 'S', 'M', 'L', 'XL', 'XXL']
