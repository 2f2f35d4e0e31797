import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build, environmentOf } from '../support/build.ts'
import { addCategory, addProduct, buy, call, usd } from './shop.ts'

const app = await build(t)
const admin = { key: true } as const
const get = (path: string, headers: Record<string, string> = {}) =>
  call(app, `GET /api/v1/products${path}`, { headers })
const slugs = async (path: string) =>
  (await get(path)).body.products.map(({ slug }: { slug: string }) => slug)

const product = await addProduct(app, {
  sku: 'MUG-1',
  name: 'Blue Mug',
  attributes: { colour: 'blue' }
})

t.test('the route shows a product by its id, in any case, and by its slug', async (t) => {
  for (const name of [product.id, product.id.toUpperCase(), 'blue-mug']) {
    const { status, body, headers } = await get(`/${name}`)
    t.equal(status, 200, name)
    t.match(headers['content-type'], /^application\/json/)
    t.match(body, {
      id: product.id,
      sku: 'MUG-1',
      slug: 'blue-mug',
      name: 'Blue Mug',
      description: '',
      price: usd(1000),
      attributes: { colour: 'blue' },
      quantity: 10,
      in_stock: true,
      version: 1,
      created_at: /^\d{4}-\d\d-\d\dT.*Z$/,
      updated_at: /Z$/
    })
    t.same(Object.keys(body.category).toSorted(), ['id', 'name', 'slug'])
    t.equal(body.image_url, null)
    t.notOk('status' in body, 'whether it is a draft is for the staff')
  }
})

t.test('an unknown id, an unknown slug and a draft are answered 404', async (t) => {
  const draft = await addProduct(app, { status: 'draft' })
  const archived = await addProduct(app)
  await environmentOf(app).sql.query(`update products set status = 'archived' where id = $1`, [
    archived.id
  ])
  for (const name of [randomUUID(), 'no-such-mug', 'a b', draft.id, draft.slug, archived.id]) {
    const { status, body } = await get(`/${encodeURIComponent(name)}`)
    t.match({ status, code: body.code }, { status: 404, code: 'product_not_found' }, name)
  }
  const shown = await slugs('?limit=100')
  t.notOk(shown.includes(draft.slug) || shown.includes(archived.slug))
})

t.test(
  'a new product is found under its slug at once, also when the slug was unknown before',
  async (t) => {
    t.equal((await get('/early-bird')).status, 404)
    await addProduct(app, { slug: 'early-bird' })
    t.equal((await get('/early-bird')).status, 200)
  }
)

t.test(
  'a product says whether its body came from the cache, and answers 304 to a client that has it',
  async (t) => {
    const { slug } = await addProduct(app)
    const first = await get(`/${slug}`)
    const second = await get(`/${slug}`)
    t.same([first.headers['x-cache'], second.headers['x-cache']], ['miss', 'hit'])
    const etag = String(first.headers.etag)
    t.equal(second.headers.etag, etag)
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get(`/${slug}`, { 'if-none-match': tag })
      t.same([again.status, again.text, again.headers.etag], [304, '', etag], tag)
    }
    t.equal((await get(`/${slug}`, { 'if-none-match': '"other"' })).status, 200)
    await buy(app, (await get(`/${slug}`)).body.id)
    t.equal(
      (await get(`/${slug}`, { 'if-none-match': etag })).status,
      200,
      'there is one unit less'
    )
  }
)

t.test('a cached product shows live stock', async (t) => {
  const { id } = await addProduct(app, { quantity: 3, name: 'Rare thing' })
  const shown = async () => {
    const answers = await Promise.all([get(`/${id}`), get('?q=rare'), get('?q=rare&in_stock=true')])
    const [one, list, inStock] = answers
    return [one.body.quantity, one.body.in_stock, list.body.products[0]?.quantity].concat(
      inStock.body.page.total
    )
  }
  await shown()
  t.same(await shown(), [3, true, 3, 1])
  t.equal((await buy(app, id, { quantity: 2 })).status, 201)
  t.same(await shown(), [1, true, 1, 1], 'after a sale')
  t.equal((await get(`/${id}`)).headers['x-cache'], 'hit')
  t.equal((await buy(app, id)).status, 201)
  t.same(await shown(), [0, false, 0, 0], 'after the last one')
  const body = { quantity: 7, reason: 'delivery' }
  await call(app, `PUT /api/v1/admin/inventory/${id}`, { ...admin, body })
  t.same(await shown(), [7, true, 7, 1], 'after a delivery')
})

t.test('a new price, name and slug are shown at once, everywhere', async (t) => {
  const { id, slug } = await addProduct(app, { name: 'Zinnia seeds', price: 500 })
  for (const path of [`/${id}`, `/${slug}`, '?q=zinnia']) await get(path)
  const body = { price: usd(450), name: 'Zinnia bulbs', slug: 'zinnia-bulbs' }
  t.equal((await call(app, `PATCH /api/v1/admin/products/${id}`, { ...admin, body })).status, 200)
  const answers = [await get(`/${id}`), await get('/zinnia-bulbs')]
  for (const answer of answers) t.match(answer.body, { ...body, version: 2 })
  t.match((await get('?q=zinnia')).body.products, [body])
  t.equal((await get(`/${slug}`)).status, 301, 'the old slug leads to the new one')
})

t.test('a list by category includes all categories below it', async (t) => {
  const root = await addCategory(app, 'kitchen')
  const below = await addCategory(app, 'cups', await addCategory(app, 'tableware', root))
  await addProduct(app, { slug: 'in-kitchen', category_id: root })
  await addProduct(app, { slug: 'in-cups', category_id: below })
  t.same(await slugs('?category=kitchen'), ['in-cups', 'in-kitchen'])
  t.same(await slugs('?category=tableware'), ['in-cups'])
  t.same(await slugs('?category=no-such-category'), [])
})

t.test('a product is shown without Redis too', async (t) => {
  const lone = await build(t, {}, { like: app })
  lone.redis.disconnect()
  for (const path of ['', `/${product.id}`, '/blue-mug'] as const) {
    const { status, headers } = await call(lone, `GET /api/v1/products${path}`)
    t.match({ status, cache: headers['x-cache'] }, { status: 200, cache: 'miss' })
  }
  t.equal((await call(lone, `GET /api/v1/inventory/${product.id}`)).body.quantity, 10)
  const cart = await call(lone, 'GET /api/v1/cart', { session: randomUUID() })
  t.match(cart, { status: 503, body: { code: 'cart_unavailable' } })
})
