import type { ProductQuery } from '../../routes/products/schema.ts'

/** Nothing may read them from end to end. */
export const large = ['products', 'inventory', 'listings']

type Filter = Partial<ProductQuery>

export type Search = {
  name: string
  filter: Filter
  /** Which pages take longer than others, since PostgreSQL has to look at every product that has a common word. */
  slow?: 'deep' | 'all'
}

/** Each is asked for with every sort. */
export const sorts = ['newest', 'price_asc', 'price_desc', 'name'] as const

/** The first page and the deepest. */
export const pages = [1, 500] as const
export const limit = 20

/** Every filter alone and with others. Words go by how many products have them (words.sql). */
export const searches = (word: (rank: number) => string): Search[] => [
  { name: 'everything', filter: {} },
  { name: 'in stock', filter: { in_stock: true } },
  { name: 'sold out', filter: { in_stock: false } },
  { name: 'a large category', filter: { category: 'shelf-1' } },
  { name: 'a category', filter: { category: 'shelf-3-3' } },
  { name: 'a small category', filter: { category: 'shelf-10-10' } },
  { name: 'a leaf', filter: { category: 'shelf-1-1-1' } },
  { name: 'no such category', filter: { category: 'nowhere' } },
  { name: 'wide prices', filter: { min_price: 3000, max_price: 5000 } },
  { name: 'narrow prices', filter: { min_price: 3000, max_price: 3010 } },
  { name: 'no such price', filter: { min_price: 5000, max_price: 3000 } },
  { name: 'category, in stock', filter: { category: 'shelf-1', in_stock: true } },
  {
    name: 'leaf, price, in stock',
    filter: { category: 'shelf-1-1-1', min_price: 3000, in_stock: true }
  },
  { name: 'category, sold out', filter: { category: 'shelf-2', in_stock: false } },
  { name: 'prices, sold out', filter: { min_price: 3000, max_price: 5000, in_stock: false } },
  { name: 'two letters', filter: { q: 'ba' }, slow: 'deep' },
  { name: 'the commonest word', filter: { q: word(1) }, slow: 'deep' },
  { name: 'two common words', filter: { q: `${word(1)} ${word(2)}` }, slow: 'deep' },
  { name: 'a common word', filter: { q: word(10) }, slow: 'all' },
  { name: 'a word', filter: { q: word(100) }, slow: 'deep' },
  { name: 'a rare word', filter: { q: word(5000) } },
  { name: 'no such word', filter: { q: 'zzzz' } },
  { name: 'a common word and none', filter: { q: `${word(1)} zzzz` } },
  { name: 'common word, leaf', filter: { q: word(10), category: 'shelf-2-5-1' } },
  { name: 'word, prices', filter: { q: word(100), min_price: 3000, max_price: 5000 } },
  {
    name: 'common word, category, in stock',
    filter: { q: word(10), category: 'shelf-2', in_stock: true },
    slow: 'all'
  },
  { name: 'ten letters', filter: { q: 'a b c d e f g h i j' }, slow: 'all' }
]
