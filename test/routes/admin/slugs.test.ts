import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build, environmentOf } from '../../support/build.ts'
import { addCategory, addProduct, call, usd } from '../shop.ts'

const app = await build(t)
const { sql } = environmentOf(app)
const category_id = await addCategory(app, 'mugs')
const create = (more: Record<string, unknown>) =>
  call(app, 'POST /api/v1/admin/products', {
    key: true,
    body: { sku: randomUUID(), price: usd(100), category_id, ...more }
  })
const change = (id: string, body: object) =>
  call(app, `PATCH /api/v1/admin/products/${id}`, { key: true, body })
const get = (path: string) => call(app, `GET /api/v1/${path}`)

t.test('a product gets a slug from a name in any script', async (t) => {
  for (const [name, slug] of [
    ['Straße', 'strasse'],
    ['Łódź żółw', 'lodz-zolw'],
    ['Ørsted Æble', 'orsted-aeble'],
    ['Đà Nẵng', 'da-nang'],
    ['Crème brûlée, 12 cm', 'creme-brulee-12-cm'],
    ['Cre\u0300me bru\u0302le\u0301e', 'creme-brulee'],
    ['İstanbul Işık', 'istanbul-isik'],
    ['Þór & Œuvre', 'thor-oeuvre'],
    ['Кружка', 'kruzhka'],
    ['Ελληνικά', 'ellinika'],
    ['手机壳', 'shoujike'],
    ['かばん', 'kaban'],
    ['كوب', 'kwb'],
    ['ＡＢＣ', 'abc'],
    ["O'Neill’s T‑Shirt", 'oneills-t-shirt'],
    ['  --- Mug ---  ', 'mug']
  ] as const) {
    const { status, body } = await create({ name: name.trim() })
    t.match({ status, slug: body.slug }, { status: 201, slug }, name)
    t.match(await get(`products/${slug}`), { status: 200, body: { id: body.id } })
  }
})

t.test('a product without letters in its name gets the slug of its SKU or of its id', async (t) => {
  t.match(await create({ name: '★', sku: 'Stern-1' }), { body: { slug: 'stern-1' } })
  const { body } = await create({ name: '…', sku: '+++' })
  t.equal(body.slug, `product-${body.id.slice(-12)}`)
  const name = randomUUID()
  t.match(await create({ name }), { body: { slug: `product-${name}` } }, 'never the form of an id')
  const long = (await create({ name: 'ß'.repeat(200) })).body
  t.equal(long.slug, 's'.repeat(200))
  t.equal((await create({ name: 'ß'.repeat(200) })).body.slug, `${'s'.repeat(198)}-2`)
})

t.test(
  'the next products of a name get a number behind their slug, also all at once',
  async (t) => {
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => create({ name: 'Twin mug' }))
    )
    t.same(
      answers.map(({ body }) => body.slug).toSorted(),
      ['twin-mug', ...Array.from({ length: 11 }, (_, n) => `twin-mug-${n + 2}`)].toSorted()
    )
    t.match(await create({ name: 'x', slug: 'twin-mug' }), {
      status: 409,
      body: { code: 'slug_taken' }
    })
    t.match(await create({ name: 'x', slug: 'twin-mug-3' }), {
      status: 409,
      body: { code: 'slug_taken' }
    })
  }
)

t.test('a slug of before leads to the product, as long as no other product has it', async (t) => {
  const { id, slug } = await addProduct(app, { name: 'First name' })
  await get(`products/${slug}`)
  await change(id, { slug: 'second-name' })
  const moved = await get(`products/${slug}`)
  t.match(moved, {
    status: 301,
    headers: { location: '/api/v1/products/second-name', 'cache-control': 'no-cache' },
    text: ''
  })
  t.match(await get(`products/${slug.toUpperCase()}`), { status: 301 })
  await change(id, { slug: 'third-name' })
  for (const before of [slug, 'second-name'])
    t.match(await get(`products/${before}`), {
      headers: { location: '/api/v1/products/third-name' }
    })
  t.match(await get('products/third-name'), { status: 200, body: { id } })

  t.match(
    await create({ name: 'First name' }),
    { body: { slug: 'first-name-2' } },
    'a derived slug leaves it'
  )
  const other = (await create({ name: 'Else', slug })).body
  t.match(await get(`products/${slug}`), { status: 200, body: { id: other.id } }, 'the living wins')
  await change(other.id, { slug: 'else' })
  t.match(
    await get(`products/${slug}`),
    { headers: { location: '/api/v1/products/else' } },
    'the last one'
  )
  await change(other.id, { slug })
  t.match(await get(`products/${slug}`), { status: 200, body: { id: other.id } }, 'its own again')

  await change(id, { status: 'draft' })
  t.match(await get('products/second-name'), { status: 404, body: { code: 'product_not_found' } })
  await change(id, { status: 'active' })
  t.match(await get('products/second-name'), { status: 301 })
  t.equal((await change(id, { slug: 'second-name' })).status, 200)
  t.match(await get('products/second-name'), { status: 200 })
})

t.test('a slug that was unknown leads to a product as soon as it is one of before', async (t) => {
  const { id } = await addProduct(app, { slug: 'now-a' })
  t.equal((await get('products/now-b')).status, 404)
  await change(id, { slug: 'now-b' })
  t.equal((await get('products/now-b')).status, 200)
  await change(id, { slug: 'now-c' })
  t.match(await get('products/now-b'), {
    status: 301,
    headers: { location: '/api/v1/products/now-c' }
  })
})

t.test('a SKU is refused that another product has in another case or form', async (t) => {
  t.equal((await create({ name: 'x', sku: 'Crème-1' })).status, 201)
  for (const sku of ['Crème-1', 'crème-1', 'CRÈME-1', 'Cre\u0300me-1', 'Ｃrème-1', 'Crème-１'])
    t.match(await create({ name: 'x', sku }), { status: 409, body: { code: 'sku_taken' } }, sku)
  t.equal((await create({ name: 'x', sku: 'Creme-1' })).status, 201, 'an accent is a difference')
  for (const [sku, twin] of [
    ['Straße-1', 'STRASSE-1'],
    ['STRAẞE-2', 'strasse-2'],
    ['ΟΔΟΣ', 'οδος'],
    ['οδοσ-1', 'οδος-1'],
    ['ışık', 'ISIK'.replace('S', 'Ş')],
    ['ﬁ-1', 'FI-1']
  ] as const) {
    t.equal((await create({ name: 'x', sku })).status, 201, sku)
    const same = await create({ name: 'x', sku: twin })
    t.match(same, { status: 409, body: { code: 'sku_taken' } }, twin)
  }
})

t.test('a product and its stock can be read with the version that a change takes', async (t) => {
  const draft = await create({ name: 'Draft', status: 'draft', quantity: 3 })
  t.equal(draft.headers.location, `/api/v1/admin/products/${draft.body.id}`)
  const read = (what: string, key = true) =>
    call(app, `GET /api/v1/admin/${what}/${draft.body.id.toUpperCase()}`, { ...(key && { key }) })
  t.match(await read('products'), { status: 200, headers: { etag: '"1"' }, body: draft.body })
  await change(draft.body.id, { name: 'Still a draft' })
  const { headers, body } = await read('products')
  t.match({ headers, body }, { headers: { etag: '"2"' }, body: { status: 'draft', version: 2 } })
  const answer = await call(app, `PATCH /api/v1/admin/products/${draft.body.id}`, {
    key: true,
    headers: { 'if-match': String(headers.etag) },
    body: { price: usd(5) }
  })
  t.equal(answer.status, 200)
  await sql.query(`update products set status = 'archived' where id = $1`, [draft.body.id])
  t.match(await read('products'), { status: 200, body: { status: 'archived' } })

  const stock = await read('inventory')
  t.match(stock, {
    status: 200,
    headers: { etag: '"1"' },
    body: { product_id: draft.body.id, quantity: 3, reserved_quantity: 0 }
  })
  const put = await call(app, `PUT /api/v1/admin/inventory/${draft.body.id}`, {
    key: true,
    headers: { 'if-match': '"1"' },
    body: { quantity: 9, reason: 'count' }
  })
  t.match(put, { status: 200, headers: { etag: '"2"' } })
  t.match(await read('inventory'), { headers: { etag: '"2"' }, body: { quantity: 9 } })

  for (const what of ['products', 'inventory']) {
    t.equal((await read(what, false)).status, 401)
    const unknown = await call(app, `GET /api/v1/admin/${what}/${randomUUID()}`, { key: true })
    t.match(unknown, { status: 404, body: { code: 'product_not_found' } })
  }
})
