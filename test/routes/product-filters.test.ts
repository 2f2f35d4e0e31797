import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build, environmentOf } from '../support/build.ts'
import { addShelf, call, listingsOf } from './shop.ts'

const app = await build(t)
const { sql } = environmentOf(app)
const { get, names } = listingsOf(app)

t.test(
  'a list is filtered by several categories, by slug in any case or by id, with their descendants',
  async (t) => {
    const { category_id } = await addShelf(app, 'knives', ['Knife'])
    await addShelf(app, 'bread-knives', ['Bread knife'], category_id)
    const forks = await addShelf(app, 'forks', ['Fork'])
    const all = ['Bread knife', 'Fork', 'Knife']
    for (const query of [
      'category=knives&category=forks',
      'category=knives,forks',
      'category=KNIVES&category=Forks',
      `category=${category_id.toUpperCase()}&category=${forks.category_id}`,
      'category=knives&category=bread-knives&category=forks&category=no-such'
    ])
      t.same(await names(`${query}&sort=name`), all, query)
    t.same(await names('category=KNIVES&sort=name'), ['Bread knife', 'Knife'])
    t.same(await names('category=no-such,nor-this'), [])
    t.same(await names('category=knives&category=forks&q=fork'), ['Fork'])
    t.equal((await get('category=forks,knives&limit=9')).headers['x-cache'], 'miss')
    t.equal(
      (await get('limit=9&category=knives&category=Forks')).headers['x-cache'],
      'hit',
      'in any order'
    )
  }
)

t.test('a list is filtered by ids', async (t) => {
  const { products } = await addShelf(app, 'wishes', ['One', 'Two', 'Three'])
  const [one, two, three] = products.map(({ id }) => id)
  t.same(await names(`ids=${one}&ids=${three}`), ['Three', 'One'])
  t.same(await names(`ids=${one},${two?.toUpperCase()},${one}&sort=name`), ['One', 'Two'])
  t.same(await names(`ids=${randomUUID()}`), [])
  t.same(await names(`ids=${one}&ids=${randomUUID()}&ids=${two}&q=two`), ['Two'])
  t.same(await names(`ids=${one},${two}&category=forks`), [])
  const many = Array.from({ length: 99 }, () => randomUUID())
  t.same(await names(`ids=${[...many, two].join()}`), ['Two'])
  for (const wrong of ['ids=x', `ids=${one},x`, `ids=${[...many, one, two].join()}`])
    t.match(await get(wrong), { status: 400, body: { code: 'validation_failed' } })
})

t.test('a list is filtered by attributes, all of those that are given', async (t) => {
  const { products } = await addShelf(app, 'coloured', [
    { name: 'Blue S', attributes: { colour: 'blue', size: 'S' } },
    { name: 'Blue M', attributes: { colour: 'blue', size: 'M', 'made in': 'Łódź' } },
    { name: 'Red M', attributes: { colour: 'red', size: 'M' } }
  ])
  t.same(await names('attributes[colour]=blue'), ['Blue M', 'Blue S'])
  t.same(await names('attributes%5Bcolour%5D=blue&attributes%5Bsize%5D=M'), ['Blue M'])
  t.same(
    await names(`attributes[${encodeURIComponent('made in')}]=${encodeURIComponent('Łódź')}`),
    ['Blue M']
  )
  t.same(await names('attributes[size]=M&sort=name&q=red'), ['Red M'])
  for (const none of [
    'colour]=Blue',
    'colour]=blu',
    'Colour]=blue',
    '__proto__]=x',
    'constructor]=x'
  ])
    t.same(await names(`attributes[${none}`), [], none)
  const body = { attributes: { colour: 'green' } }
  await call(app, `PATCH /api/v1/admin/products/${products[0]!.id}`, { key: true, body })
  t.same(await names('attributes[colour]=green'), ['Blue S'])
  t.same(await names('attributes[colour]=blue'), ['Blue M'])
  for (const wrong of [
    'attributes=blue',
    'attributes[]=x',
    `attributes[x]=${'x'.repeat(1001)}`,
    'attributes[x=1',
    `attributes[${'x'.repeat(101)}]=x`
  ])
    t.match(
      await get(wrong),
      { status: 400, body: { code: 'validation_failed' } },
      wrong.slice(0, 20)
    )
})

t.test('lists that hardly come twice are not kept in the cache', async (t) => {
  for (const query of [
    'q=mug&min_price=1',
    'q=mug&max_price=999999',
    `ids=${randomUUID()}`,
    'attributes[a]=b'
  ])
    for (const time of ['first', 'second'])
      t.equal((await get(query)).headers['x-cache'], 'miss', `${query}, the ${time} time`)
  for (const query of ['q=mug&limit=8', 'min_price=1&limit=8', 'q=mug&in_stock=true']) {
    await get(query)
    t.equal((await get(query)).headers['x-cache'], 'hit', query)
  }
})

t.test('nodes of the last release list products by the old form of find_products', async (t) => {
  const { rows } = await sql.query(
    `select * from find_products('coloured', null, null, null, null, 'name', 2, 0, 10000, 10000)`
  )
  t.match(rows, [{ total: 3, ids: { length: 2 } }])
  const found = await sql.query(
    `select * from find_products(null, 'Crème GIZMO', null, null, null, 'newest', 9, 0, 10000, 1000)`
  )
  t.match(found.rows, [{ total: 0 }])
})
