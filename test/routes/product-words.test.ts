import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build, environmentOf } from '../support/build.ts'
import { addCategory, addShelf, call, listingsOf } from './shop.ts'

const app = await build(t)
const { sql } = environmentOf(app)
const { get, names } = listingsOf(app)
const q = (text: string) => `q=${encodeURIComponent(text)}`

t.test('a search finds what a product is called, whatever its accents and forms', async (t) => {
  const { products } = await addShelf(app, 'words', [
    { name: 'Crème brûlée', description: 'Mit Löffel aus Łódź.', attributes: { Größe: 'XL' } },
    { name: 'T-Shirt O’Neill', description: '苹果手机保护壳' }
  ])
  for (const text of ['creme', 'CREME BRULEE', 'lodz loffel', 'crème', 'WORDS-0', 'words0'])
    t.same(await names(`category=words&${q(text)}`), ['Crème brûlée'], text)
  for (const text of ['tshirt', 't shirt', "o'neill", 'oneill', '手机壳', 'words 1'])
    t.same(
      await names(`category=words&${q(text)}`),
      text === '手机壳' ? [] : ['T-Shirt O’Neill'],
      text
    )
  t.same(await names(`category=words&${q('手机保护')}`), ['T-Shirt O’Neill'])
  const body = { name: 'Spüli', description: '' }
  await call(app, `PATCH /api/v1/admin/products/${products[0]!.id}`, { key: true, body })
  t.same(await names(`category=words&${q('spuli')}`), ['Spüli'])
  t.same(await names(`category=words&${q('creme')}`), [])
})

t.test('a search takes a text of any length up to that of a name', async (t) => {
  const name = 'Sehr schöner Becher '.repeat(10).trim()
  t.equal(name.length, 199)
  const long = 'ü'.repeat(200)
  await addShelf(app, 'long', [name, long])
  t.same(await names(q(name)), [name])
  t.same(await names(q(long)), [long])
  t.same(
    await names(`${q(Array.from({ length: 66 }, (_, n) => n + 10).join(' '))}`),
    [],
    'many words'
  )
  t.match(await get(q('x'.repeat(201))), { status: 400, body: { code: 'validation_failed' } })
})

t.test(
  'names and SKUs come before descriptions when words are searched, unless a sort is given',
  async (t) => {
    await addShelf(app, 'relevant', [
      { name: 'Old Gizmo', sku: 'AAA-1', price: 1 },
      { name: 'Plate', sku: 'GIZMO-9', price: 2 },
      { name: 'Bowl', sku: 'AAA-3', description: 'Goes with the gizmo.', price: 3 },
      { name: 'New gizmos', sku: 'AAA-4', price: 4 },
      { name: 'Cup', sku: 'AAA-5', description: 'No gizmo at all.', price: 5 }
    ])
    const wanted = ['New gizmos', 'Plate', 'Old Gizmo', 'Cup', 'Bowl']
    t.same(await names('q=gizmo'), wanted)
    t.same(await names('q=gizmo&sort=relevance'), wanted)
    t.same(await names('q=gizmo&sort=newest'), ['Cup', 'New gizmos', 'Bowl', 'Plate', 'Old Gizmo'])
    t.same(await names('q=gizmo&sort=price_asc'), [
      'Old Gizmo',
      'Plate',
      'Bowl',
      'New gizmos',
      'Cup'
    ])
    const pages = []
    for (const page of [1, 2, 3]) pages.push(...(await names(`q=gizmo&limit=2&page=${page}`)))
    t.same(pages, wanted, 'over pages too')
    t.match((await get('q=gizmo&limit=2')).body.page, { total: 5, pages: 3 })
    t.same(
      await names('category=relevant&sort=relevance'),
      await names('category=relevant&sort=newest')
    )
    t.same(await names('q=gizmo&max_price=3'), ['Plate', 'Old Gizmo', 'Bowl'])
  }
)

t.test('a list by name is sorted as a dictionary sorts', async (t) => {
  const sorted = [
    '3 Mugs',
    '“Äpfel”',
    'apple',
    'Banana split',
    'bananas',
    'Éclair',
    'émile',
    'ñandú',
    'Öl',
    'Orange',
    'ørsted',
    'Strasse',
    'Straße 2',
    'Zebra',
    'Žluť',
    'Ёлка',
    'жук',
    'カップ'
  ].toSorted((a, b) => new Intl.Collator('und').compare(strip(a), strip(b)))
  t.ok(
    sorted.indexOf('Éclair') < sorted.indexOf('Orange') &&
      sorted.indexOf('Zebra') < sorted.indexOf('Žluť')
  )
  await addShelf(app, 'dictionary', sorted.toSorted())
  t.same(await names('category=dictionary&sort=name&limit=100'), sorted)
  t.same(
    await names(`category=dictionary&sort=name&q=dictionary&limit=100`),
    sorted,
    'a search too'
  )
})

t.test('a list by name has each product once over its pages, also with equal names', async (t) => {
  const { products } = await addShelf(app, 'equal', [
    'Same',
    'same',
    '"Same',
    'SAME',
    'Same',
    'samé',
    'Same'
  ])
  const found = []
  for (const page of [1, 2, 3, 4])
    found.push(...(await get(`category=equal&sort=name&limit=2&page=${page}`)).body.products)
  t.same(found.map(({ id }) => id as string).toSorted(), products.map(({ id }) => id).toSorted())
})

t.test('categories are sorted as a dictionary sorts', async (t) => {
  const parent = await addCategory(app, 'sorted')
  for (const name of ['zebra', 'Éclair', 'Orange', 'apple', '"Öl"'])
    await sql.query('insert into categories (id, slug, name, parent_id) values ($1, $2, $3, $4)', [
      randomUUID(),
      randomUUID(),
      name,
      parent
    ])
  await app.cache.forget('categories:all')
  const { body } = await call(app, 'GET /api/v1/categories')
  const children = (body.categories as { name: string; parent_id: string }[]).filter(
    ({ parent_id }) => parent_id === parent
  )
  t.same(
    children.map(({ name }) => name),
    ['apple', 'Éclair', '"Öl"', 'Orange', 'zebra']
  )
})

const strip = (name: string) => name.replace(/^[^\p{L}\p{N}]+/u, '')
