import t from 'tap'
import { build } from '../support/build.ts'
import { addCategory, addProduct, call } from './shop.ts'

const app = await build(t)
const get = (path: string) => call(app, `GET /api/v1/products${path}`)
const slugs = async (path: string) =>
  (await get(path)).body.products.map(({ slug }: { slug: string }) => slug)

const shelf: [name: string, price: number, quantity: number][] = [
  ['Blue Mug', 300, 5],
  ['amber Vase', 100, 0],
  ['Crème brûlée dish', 200, 1],
  ['Blue Vase', 200, 2]
]
for (const [name, price, quantity] of shelf)
  await addProduct(app, { name, price, quantity, description: `It is called ${name}.` })

t.test('a list is sorted by age, newest first, unless the query says otherwise', async (t) => {
  const newest = ['blue-vase', 'creme-brulee-dish', 'amber-vase', 'blue-mug']
  t.same(await slugs(''), newest)
  t.same(await slugs('?sort=newest'), newest)
})

t.test('a list is sorted by price and by name', async (t) => {
  t.same(await slugs('?sort=price_asc'), [
    'amber-vase',
    'creme-brulee-dish',
    'blue-vase',
    'blue-mug'
  ])
  t.same(await slugs('?sort=price_desc'), [
    'blue-mug',
    'blue-vase',
    'creme-brulee-dish',
    'amber-vase'
  ])
  t.same(await slugs('?sort=name'), ['amber-vase', 'blue-mug', 'blue-vase', 'creme-brulee-dish'])
})

t.test('a search finds words and their beginnings, all of them, in any case', async (t) => {
  t.same(await slugs('?q=BLU'), ['blue-vase', 'blue-mug'])
  t.same(await slugs('?q=blue%20va'), ['blue-vase'])
  t.same(await slugs('?q=called&sort=name').then((found) => found.length), 4)
  t.same(await slugs(`?q=${encodeURIComponent('crème')}`), ['creme-brulee-dish'])
  for (const nothing of ['zebra', '!!!', "zebra' | 'mug", ':*', '😀', '%25', '\\'])
    t.same(await slugs(`?q=${encodeURIComponent(nothing)}`), [], nothing)
})

t.test('a list is filtered by price, both ends included, and by stock', async (t) => {
  t.same(await slugs('?min_price=200&sort=name'), ['blue-mug', 'blue-vase', 'creme-brulee-dish'])
  t.same(await slugs('?min_price=200&max_price=200&sort=name'), ['blue-vase', 'creme-brulee-dish'])
  t.same(await slugs('?min_price=201&max_price=200'), [])
  t.same(await slugs('?in_stock=false'), ['amber-vase'])
  t.same(await slugs('?in_stock=true&q=vase'), ['blue-vase'])
})

t.test('a list has pages and the number of products', async (t) => {
  t.same((await get('')).body.page, page(1, 20, 4, 1))
  const first = await get('?limit=3&sort=name')
  t.same(first.body.page, page(1, 3, 4, 2))
  t.equal(first.body.products.length, 3)
  t.same(await slugs('?limit=3&page=2&sort=name'), ['creme-brulee-dish'])
  t.same((await get('?limit=3&page=9')).body, { products: [], page: page(9, 3, 4, 2) })
  t.same((await get('?q=zebra')).body.page, page(1, 20, 0, 0))
  t.equal((await get('?page=100&limit=100')).status, 200)
})

t.test('a list refuses an invalid query', async (t) => {
  const wrong = [
    'page=101&limit=100',
    'page=0',
    'page=-1',
    'page=1.5',
    'page=x',
    'page=1&page=2',
    'limit=0',
    'limit=101',
    'sort=price',
    `q=${'x'.repeat(201)}`,
    'min_price=-1',
    'max_price=1e300',
    'min_price=NaN',
    'in_stock=maybe',
    'colour=blue',
    '__proto__=1',
    'constructor=1'
  ]
  for (const query of wrong) {
    const { status, body, headers } = await get(`?${query}`)
    t.match({ status, code: body.code }, { status: 400, code: 'validation_failed' }, query)
    t.match(headers['content-type'], /^application\/problem\+json/)
  }
  t.match((await get('?limit=500')).body.errors, [{ parameter: 'query.limit', detail: String }])
})

t.test('a list is cached for any order of its parameters', async (t) => {
  t.equal((await get('?q=mug&limit=7')).headers['x-cache'], 'miss')
  t.equal((await get('?limit=7&q=mug')).headers['x-cache'], 'hit')
  t.equal((await get('?limit=7&q=mug&page=2')).headers['x-cache'], 'miss')
})

t.test('a list answers HEAD as GET without the body', async (t) => {
  const head = await call(app, 'HEAD /api/v1/products')
  t.same([head.status, head.text], [200, ''])
  t.equal(head.headers.etag, (await get('')).headers.etag)
})

const found = (q: string) => slugs(`?category=odd&q=${encodeURIComponent(q)}`)

t.test('a search takes any text that people type for words', async (t) => {
  const category_id = await addCategory(app, 'odd')
  const name = 'Ærø 1e5x Straße 中文 हिन्दी the and 4.5l <b>'
  await addProduct(app, { name, slug: 'odd', sku: 'X-42/7', category_id, price: 1 })
  const words = ['ærø', 'ÆRØ', '1e5x', '1e', 'stra', '中', 'the', 'x-42', '4.5', 'हिन्', 'b']
  for (const q of [...words, 'the AND the', 'th the t', 'x 42 7', "ærø'--", '"ærø" & !'])
    t.same(await found(q), ['odd'], q)
  const nothing = ["'; drop table products; --", 'ærø | zebra', '1e5x9', '½', '\u{fe0f}', '٢٢']
  for (const q of nothing) t.same(await found(q), [], q)
  t.same(await found('a b c d e f g h i j k l m n o p q r s t u v w x y z'), [], 'many words')
  t.same(await found('t'.repeat(100)), [], 'a long word')
  t.same(await found('the '.repeat(25)), ['odd'], 'one word many times')
})

const page = (number: number, limit: number, total: number, pages: number) => ({
  number,
  limit,
  total,
  pages
})
