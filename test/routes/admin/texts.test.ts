import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build } from '../../support/build.ts'
import { addCategory, call, usd } from '../shop.ts'

const app = await build(t)
const category_id = await addCategory(app, 'mugs')
const create = (more: object) =>
  call(app, 'POST /api/v1/admin/products', {
    key: true,
    body: { sku: randomUUID(), name: 'Mug', price: usd(100), category_id, ...more }
  })
const change = (id: string, body: object) =>
  call(app, `PATCH /api/v1/admin/products/${id}`, { key: true, body })
const refused = (pointer: string) => ({
  status: 400,
  body: { code: 'validation_failed', errors: [{ pointer }] }
})

t.test('a description keeps its line breaks and tabs', async (t) => {
  const description = 'Holds:\n\ttea\r\n\tcoffee'
  const { status, body } = await create({ description })
  t.match({ status, body }, { status: 201, body: { description } })
  const other = 'a\n\tb'
  t.match(await change(body.id, { description: other }), { body: { description: other } })
  t.match(await call(app, `GET /api/v1/products/${body.id}`), { body: { description: other } })
  t.match(await create({ description: 'a\u0007b' }), refused('#/description'))
  t.match(await create({ name: 'a\nb' }), refused('#/name'))
})

t.test('null empties the description, the attributes and the image of a product', async (t) => {
  const full = { description: 'x', attributes: { colour: 'blue' }, image_url: '/a.png' }
  const { body } = await create(full)
  const nulls = { description: null, attributes: null, image_url: null }
  const emptied = { description: '', attributes: {}, image_url: null, version: 2 }
  const answer = await change(body.id, nulls)
  t.match(answer, { status: 200, body: emptied })
  t.same(answer.body.attributes, {})
  for (const member of ['name', 'price', 'category_id', 'slug', 'status'])
    t.match(await change(body.id, { [member]: null }), refused(`#/${member}`))
})

const unseen = [
  '\u200b\u200b',
  '\u00ad\u2060 \u061c',
  '\u{e0041}',
  '\u{e0100}',
  '\ufff9',
  '\u{1d173}',
  '\ufffe',
  '\u3164',
  '\u2800'
]
const turning = ['a\u202eb', '\u202ea', 'a\u2066', 'a\u2028b', 'a\u2029b']

t.test('texts for people are refused when they cannot be seen or turn the page', async (t) => {
  const { body } = await create({})
  for (const text of [...unseen, ...turning]) {
    const said = encodeURIComponent(text)
    t.match(await create({ sku: text }), refused('#/sku'), `sku ${said}`)
    t.match(await create({ name: text }), refused('#/name'), `name ${said}`)
    t.match(await create({ attributes: { a: text } }), refused('#/attributes/a'), `value ${said}`)
    t.match(await create({ attributes: { [text]: 'a' } }), { status: 400 }, `name of one ${said}`)
    for (const member of ['name', 'line1', 'line2', 'city', 'region', 'postal_code']) {
      const bought = await call(app, 'POST /api/v1/checkout', {
        headers: { 'idempotency-key': randomUUID() },
        body: {
          email: 'ada@example.com',
          shipping_address: { [member]: text },
          items: [{ product_id: body.id, quantity: 1 }]
        }
      })
      t.match(bought, refused(`#/shipping_address/${member}`), `${member} ${said}`)
    }
  }
  for (const text of unseen) {
    t.match(await create({ description: text }), refused('#/description'))
    const reason = { quantity: 1, reason: text }
    const counted = await call(app, `PUT /api/v1/admin/inventory/${body.id}`, {
      key: true,
      body: reason
    })
    t.match(counted, refused('#/reason'))
  }
  for (const text of ['😀', 'عربي', 'क\u200dष', '\u200eabc', '👩\u200d👩\u200d👧', '.', '❤\ufe0f'])
    t.equal(
      (await create({ sku: `${text}1`, name: text, attributes: { [text]: text } })).status,
      201
    )
})

t.test('the names of attributes have bounds, and a filter finds every one of them', async (t) => {
  const wrong = ['', ' ', 'x'.repeat(101), 'x'.repeat(30_000), 'a\u2028b', 'a\0b']
  for (const name of wrong)
    t.match(
      await create({ attributes: { [name]: 'y' } }),
      { status: 400 },
      encodeURIComponent(name.slice(0, 20))
    )
  const names = ['x'.repeat(100), '😀'.repeat(100), 'a]b', 'a[b']
  for (const name of names) {
    const value = randomUUID()
    const attributes = JSON.parse(JSON.stringify([[name, value]])) as [string, string][]
    const { status, body } = await create({ attributes: Object.fromEntries(attributes) })
    t.equal(status, 201, encodeURIComponent(name))
    t.same(Object.entries(body.attributes), attributes)
    const filter = new URLSearchParams({ [`attributes[${name}]`]: value })
    const found = await call(app, `GET /api/v1/products?${filter}`)
    t.match(found, { status: 200, body: { products: [{ id: body.id }] } }, encodeURIComponent(name))
  }
})
