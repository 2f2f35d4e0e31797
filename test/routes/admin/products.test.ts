import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build, environmentOf } from '../../support/build.ts'
import { addCategory, call, usd } from '../shop.ts'

const app = await build(t)
const { sql } = environmentOf(app)
const category_id = await addCategory(app, 'mugs')

const product = (more: object = {}) => {
  const name = `Mug ${randomUUID().slice(0, 8)}`
  return { sku: name.replace(' ', '-'), name, price: usd(100), category_id, ...more }
}
const create = (more: object = {}) =>
  call(app, 'POST /api/v1/admin/products', { key: true, body: product(more) })
const change = (id: string, body: object, headers = {}) =>
  call(app, `PATCH /api/v1/admin/products/${id}`, { key: true, body, headers })
const refused = (status: number, code: string) => ({ status, body: { code } })

t.test('a POST makes a product and says where it is', async (t) => {
  const attributes = { colour: 'blue', 'a/b ~ 😀': 'ünïcode' }
  const wanted = product({
    slug: 'blue-mug',
    description: 'Holds tea.',
    attributes,
    image_url: 'https://example.com/mug.png',
    quantity: 7
  })
  const { status, headers, body } = await call(app, 'POST /api/v1/admin/products', {
    key: true,
    body: wanted
  })
  t.equal(status, 201)
  t.equal(headers.etag, '"1"')
  t.equal(headers.location, `/api/v1/products/${body.id}`)
  const { category_id: id, ...rest } = wanted
  t.match(body, { ...rest, category: { id, slug: 'mugs' }, in_stock: true, version: 1 })
  t.match(body.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/, 'a UUIDv7')
  const shown = await call(app, `GET ${headers.location as '/'}`)
  t.match(shown, { status: 200, body: { ...rest, id: body.id } })
  const { rows } = await sql.query(
    'select kind, quantity from inventory_movements where product_id = $1',
    [body.id]
  )
  t.match(rows, [{ kind: 'receive' }], 'the ledger begins with what came')
})

t.test('a new product gets defaults for what the request leaves out', async (t) => {
  const { body } = await create({ name: 'Crème brûlée dish, 12 cm' })
  t.match(body, {
    slug: 'creme-brulee-dish-12-cm',
    description: '',
    attributes: {},
    image_url: null,
    quantity: 0,
    in_stock: false,
    status: 'active'
  })
})

t.test('a draft is not in the catalog until it is active', async (t) => {
  const { body, headers } = await create({ status: 'draft', quantity: 3 })
  t.match(body, { status: 'draft', quantity: 3 })
  const shown = () => call(app, `GET /api/v1/products/${body.id}`)
  t.match(headers.location, body.id)
  t.equal((await shown()).status, 404)
  t.match(await change(body.id, { status: 'active' }), { status: 200, body: { status: 'active' } })
  t.match(await shown(), { status: 200, body: { quantity: 3 } })
  t.equal((await change(body.id, { status: 'draft' })).status, 200)
  t.equal((await shown()).status, 404)
})

t.test('a product is refused the SKU or slug of another product', async (t) => {
  const { body } = await create()
  t.match(await create({ sku: body.sku }), refused(409, 'sku_taken'))
  t.match(await create({ slug: body.slug }), refused(409, 'slug_taken'))
  t.match(await create({ name: body.name }), { status: 201 }, 'a slug from the name gets a number')
  const other = (await create()).body
  t.match(await change(other.id, { slug: body.slug }), refused(409, 'slug_taken'))
  t.equal((await change(other.id, { slug: other.slug })).status, 200, 'its own is fine')
})

t.test(
  'a product is refused an unknown category and a currency that is not the shop’s',
  async (t) => {
    const { body } = await create()
    const nowhere = { category_id: randomUUID() }
    const euros = { price: { amount: 100, currency: 'EUR' } }
    t.match(await create(nowhere), refused(422, 'category_not_found'))
    t.match(await change(body.id, nowhere), refused(422, 'category_not_found'))
    t.match(await create(euros), refused(422, 'currency_mismatch'))
    t.match(await change(body.id, euros), refused(422, 'currency_mismatch'))
  }
)

t.test('a PATCH changes the given fields and no others', async (t) => {
  const { body: before } = await create({ attributes: { colour: 'blue' }, quantity: 4 })
  const { status, body, headers } = await change(before.id.toUpperCase(), { price: usd(90) })
  t.equal(status, 200)
  t.equal(headers.etag, '"2"')
  const { updated_at, ...rest } = body
  t.match(rest, { ...before, price: usd(90), version: 2, updated_at: undefined })
  t.ok(updated_at > before.updated_at)
  const more = { attributes: {}, image_url: null, description: '', name: 'Else' }
  t.match(await change(before.id, more), { body: { ...more, slug: before.slug, version: 3 } })
})

t.test('a PATCH changes only the version that If-Match names', async (t) => {
  const { body, headers } = await create()
  const rename = (etag: string) => change(body.id, { name: 'New' }, { 'if-match': etag })
  t.equal((await rename(String(headers.etag))).status, 200)
  for (const stale of [
    String(headers.etag),
    '"3"',
    '"0"',
    '"of-the-catalog"',
    `"${'9'.repeat(20)}"`
  ])
    t.match(await rename(stale), refused(412, 'version_mismatch'), stale)
  t.match(await rename('2'), refused(400, 'validation_failed'), 'a tag is quoted')
  t.equal((await rename('*')).status, 200)
  t.equal((await rename('W/"3"')).status, 200)
  t.equal((await rename(' "4" ')).body.version, 5)
})

t.test('one of many changes to the same version is made', async (t) => {
  const { body } = await create()
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => change(body.id, { name: `n${n}` }, { 'if-match': '"1"' }))
  )
  t.same(answers.map(({ status }) => status).toSorted(), [
    200,
    ...Array.from({ length: 7 }, () => 412)
  ])
})

t.test('a change of an unknown product is answered 404', async (t) => {
  const id = randomUUID()
  t.match(await change(id, { name: 'x' }), refused(404, 'product_not_found'))
  t.match(await change(id, { name: 'x' }, { 'if-match': '"1"' }), refused(404, 'product_not_found'))
})

t.test('a PATCH refuses SKU, quantity and an empty body', async (t) => {
  const { body } = await create()
  for (const wrong of [{ sku: 'x' }, { quantity: 1 }, { version: 2 }, { status: 'archived' }, {}])
    t.match(await change(body.id, wrong), refused(400, 'validation_failed'), JSON.stringify(wrong))
})
