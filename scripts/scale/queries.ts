import { mostDeep, mostFound } from '../../plugins/kernel/http/pagination.ts'
import type { ProductQuery } from '../../routes/products/listing.ts'

/** Tables that no query may read from end to end. */
export const large = ['products', 'inventory', 'listings']

type Filter = Partial<ProductQuery>

export type Search = {
  name: string
  filter: Filter
  /** It is slow by nature: many products have one of its words, and few have them all. */
  is_slow?: boolean
}

/** Every search is run with every sort; relevance orders words only. */
export const sorts = ['newest', 'price_asc', 'price_desc', 'name', 'relevance'] as const
export const sortsOf = ({ q }: Filter) =>
  sorts.filter((sort) => sort !== 'relevance' || q !== undefined)

export const limit = 20

/** The first page and the deepest. */
export const pages = ({ q }: Filter) => [1, (q === undefined ? mostDeep : mostFound) / limit]

/** Every filter alone and combined. `word` takes the rank of a word by its frequency (words.sql). */
export const searches = (word: (rank: number) => string): Search[] => [
  { name: 'everything', filter: {} },
  { name: 'in stock', filter: { in_stock: true } },
  { name: 'sold out', filter: { in_stock: false } },
  { name: 'a large category', filter: { category: ['shelf-1'] } },
  { name: 'a category', filter: { category: ['shelf-3-3'] } },
  { name: 'a small category', filter: { category: ['shelf-10-10'] } },
  { name: 'a leaf', filter: { category: ['shelf-1-1-1'] } },
  { name: 'no such category', filter: { category: ['nowhere'] } },
  { name: 'wide prices', filter: { min_price: 3000, max_price: 5000 } },
  { name: 'narrow prices', filter: { min_price: 3000, max_price: 3010 } },
  { name: 'no such price', filter: { min_price: 5000, max_price: 3000 } },
  { name: 'category, in stock', filter: { category: ['shelf-1'], in_stock: true } },
  {
    name: 'leaf, price, in stock',
    filter: { category: ['shelf-1-1-1'], min_price: 3000, in_stock: true }
  },
  { name: 'category, sold out', filter: { category: ['shelf-2'], in_stock: false } },
  { name: 'prices, sold out', filter: { min_price: 3000, max_price: 5000, in_stock: false } },
  { name: 'two letters', filter: { q: 'ba' } },
  // Common words are scanned in order, rare ones are collected and sorted: words in between are the slowest.
  ...[1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 100, 150].map((rank) => ({
    name: `word ${rank}`,
    filter: { q: word(rank) }
  })),
  { name: 'a rare word', filter: { q: word(5000) } },
  { name: 'no such word', filter: { q: 'zzzz' } },
  { name: 'two common words', filter: { q: words(word, 1, 2) } },
  { name: 'two words', filter: { q: words(word, 10, 30) } },
  { name: 'three common words', filter: { q: words(word, 2, 5, 10) }, is_slow: true },
  { name: 'a rare word among common ones', filter: { q: words(word, 1, 2, 3000) } },
  { name: 'a common word and none', filter: { q: `${word(1)} zzzz` } },
  { name: 'ten common words', filter: { q: words(word, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) } },
  { name: 'a title', filter: { q: words(word, 3, 40, 200, 900, 7, 15) } },
  { name: 'five beginnings', filter: { q: 'ba lo de sa mi' } },
  { name: 'ten beginnings', filter: { q: 'ba lo de sa mi ko ta ru ve ni' }, is_slow: true },
  { name: 'ten letters', filter: { q: 'a b c d e f g h i j' } },
  { name: 'common word, leaf', filter: { q: word(10), category: ['shelf-2-5-1'] } },
  { name: 'common word, large leaf', filter: { q: word(5), category: ['shelf-1-1-1'] } },
  { name: 'word, small category', filter: { q: word(28), category: ['shelf-10-10'] } },
  { name: 'word, prices', filter: { q: word(100), min_price: 3000, max_price: 5000 } },
  {
    name: 'commonest word, narrow prices',
    filter: { q: word(1), min_price: 3000, max_price: 3010 }
  },
  { name: 'commonest word, small parent', filter: { q: word(1), category: ['shelf-2-2'] } },
  { name: 'common word, prices', filter: { q: word(2), min_price: 3000, max_price: 5000 } },
  { name: 'common word, sold out', filter: { q: word(10), in_stock: false } },
  {
    name: 'common word, category, in stock',
    filter: { q: word(3), category: ['shelf-3'], in_stock: true }
  },
  {
    name: 'word, category, in stock',
    filter: { q: word(10), category: ['shelf-2'], in_stock: true }
  }
]

const words = (word: (rank: number) => string, ...ranks: number[]) => ranks.map(word).join(' ')
