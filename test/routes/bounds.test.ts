import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { build, environmentOf } from '../support/build.ts'
import { addCategory, addProduct, call, usd, type Call } from './shop.ts'

// What no client should send. Whatever it is: a 4xx that says so in the one form, and nothing has changed.

const app = await build(t)
const session = randomUUID()
const category_id = await addCategory(app, 'mugs')
const product = await addProduct(app, { category_id })
const { body: cart } = await call(app, 'POST /api/v1/cart/items', {
  session,
  body: { product_id: product.id, quantity: 2 }
})
const key = { 'idempotency-key': 'a-key-of-the-bounds' }

/** Every route that changes something, with a body that it takes. */
const routes: { line: Parameters<typeof call>[1]; body: Body; headers?: Record<string, string> }[] =
  [
    { line: 'POST /api/v1/cart/items', body: { product_id: product.id, quantity: 1 } },
    { line: `PUT /api/v1/cart/items/${product.id}`, body: { quantity: 1 } },
    {
      line: 'POST /api/v1/checkout',
      headers: key,
      body: {
        email: 'ada@example.com',
        shipping_address: {
          name: 'Ada',
          line1: 'Street 1',
          line2: '',
          city: 'Berlin',
          region: '',
          postal_code: '10115',
          country: 'DE'
        },
        payment: { token: 'tok_success' },
        expected_total: usd(2000),
        items: [{ product_id: product.id, quantity: 1 }]
      }
    },
    {
      line: 'POST /api/v1/admin/products',
      body: {
        sku: 'NEW-1',
        name: 'New',
        slug: 'new',
        description: 'New',
        price: usd(100),
        category_id,
        attributes: { colour: 'blue' },
        image_url: 'https://example.com/new.png',
        status: 'active',
        quantity: 1
      }
    },
    {
      line: `PATCH /api/v1/admin/products/${product.id}`,
      body: { name: 'New', price: usd(100), category_id, attributes: { colour: 'blue' } }
    },
    { line: `PUT /api/v1/admin/inventory/${product.id}`, body: { quantity: 1, reason: 'counted' } },
    {
      line: `POST /api/v1/admin/inventory/${product.id}/adjustments`,
      body: { delta: 1, reason: 'found' }
    }
  ]

type Body = { [member: string]: Value }
type Value = string | number | boolean | null | Value[] | Body

const long = 'x'.repeat(20_000)
const wrongFor = {
  number: ['5', true, false, null, [7], {}, 1.5, -1e9 - 1, 2 ** 53, 1e300, 'NaN'],
  string: [5, true, null, ['x'], {}, long, 'a\0b', '\0', 'a\ud800b', '\udc00'],
  id: ['', '7', `urn:uuid:${product.id}`, `{${product.id}}`, `${product.id}0`, '%', '😀'],
  object: ['x', 5, true, null, [], [[]], { __proto: 1 }, JSON.parse('{"__proto__":{}}')]
} as const

/** Every body that differs from a right one in one place. */
function* spoilt(body: Body): Generator<Body> {
  for (const [name, value] of Object.entries(body)) {
    for (const wrong of wrongOnes(value)) yield { ...body, [name]: wrong as Value }
    if (isBody(value)) for (const inner of spoilt(value)) yield { ...body, [name]: inner }
    if (Array.isArray(value))
      for (const inner of spoilt(value[0] as Body)) yield { ...body, [name]: [inner] }
  }
  for (const name of ['unknown', 'constructor', 'toString', '', 'a\0b', '\ud800'])
    yield { ...body, [name]: 1 }
}

function wrongOnes(value: Value): readonly unknown[] {
  if (typeof value === 'number') return wrongFor.number
  if (typeof value !== 'string') return wrongFor.object
  return value === product.id || value === category_id
    ? [...wrongFor.string, ...wrongFor.id]
    : wrongFor.string
}

const isBody = (value: Value): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * A null image is none, any object of strings is attributes, null empties the attributes in a PATCH, and is absent in a
 * checkout.
 */
const isFine = (line: string, text: string) =>
  (line.startsWith('PATCH') && text.includes('"attributes":null')) ||
  text.includes('"image_url":null') ||
  text.includes('"attributes":{}') ||
  (text.includes('"shipping_address":') && absentInCheckout.test(text))

const absentInCheckout =
  /"(name|line1|line2|city|region|postal_code|country|shipping_address|payment|token|expected_total|items)":null/

const send = (line: (typeof routes)[number]['line'], rest: Call) =>
  call(app, line, { session, key: true, ...rest })

/** Everything that a request could have changed. */
async function state() {
  const { rows } = await environmentOf(app).sql.query(`
    select (select json_agg(products order by id)::text from products) as products,
           (select json_agg(inventory order by product_id)::text from inventory) as inventory,
           (select count(*)::int from inventory_movements) as movements,
           (select count(*)::int from orders) as orders`)
  const { version, items } = (await call(app, 'GET /api/v1/cart', { session })).body
  return { rows, version, items }
}

const before = await state()
t.same(before.items, cart.items)

/** A test after which everything is as it was. */
const harmless = (name: string, body: (t: Test) => Promise<unknown>) =>
  t.test(name, async (t) => {
    await body(t)
    t.same(await state(), before, 'nothing has changed')
  })

for (const { line, body, headers = {} } of routes) {
  harmless(`a node refuses a wrong body of ${line.replace(product.id, '…')}`, async (t) => {
    const bodies = [...spoilt(body)].filter((wrong) => !isFine(line, JSON.stringify(wrong)))
    for (const wrong of [...bodies, [], [body], 'text', 5, null]) {
      const text = JSON.stringify(wrong)
      const answer = await send(line, {
        body: text,
        headers: { ...headers, 'content-type': 'application/json' }
      })
      if (answer.status !== 400 || answer.body.code !== 'validation_failed')
        t.match(answer, { status: 400, body: { code: 'validation_failed' } }, text.slice(0, 300))
    }
    t.ok(bodies.length > 15, `${bodies.length} bodies`)
  })

  harmless(
    `a node refuses a body that is not JSON for ${line.replace(product.id, '…')}`,
    async (t) => {
      const json = { ...headers, 'content-type': 'application/json' }
      const whole = JSON.stringify(body)
      for (const text of [
        '',
        '{',
        whole.slice(0, -1),
        `${whole}}`,
        whole.replaceAll('"', "'"),
        '\0'
      ])
        t.equal((await send(line, { body: text, headers: json })).status, 400, text)
      t.equal((await send(line, { headers: json })).status, 400, 'no body')
      const large = whole.replace(/}$/, `,"x":"${'x'.repeat(2_000_000)}"}`)
      t.equal((await send(line, { body: large, headers: json })).status, 413)
      const text = { ...headers, 'content-type': 'text/plain' }
      t.equal((await send(line, { body: whole, headers: text })).status, 415)
    }
  )
}

harmless('a node refuses ids in a path that are not ids', async (t) => {
  const ids = [
    `urn:uuid:${product.id}`,
    'x',
    '%00',
    '%0',
    '%2e%2e%2f',
    "'",
    '%F0%9F%98%80',
    '%ED%A0%80',
    randomUUID(),
    long.slice(0, 300),
    `${product.id}%00`,
    `${product.id}%20`
  ]
  const lines = (id: string) => [
    ...routes.slice(1, 2).map(({ line, body }) => ({ line: line.replace(product.id, id), body })),
    ...routes.slice(4).map(({ line, body }) => ({ line: line.replace(product.id, id), body })),
    ...['products', 'categories', 'inventory', 'orders'].map((name) => ({
      line: `GET /api/v1/${name}/${id}`,
      body: undefined
    })),
    { line: `POST /api/v1/orders/${id}/cancel`, body: undefined }
  ]
  for (const id of ids)
    for (const { line, body } of lines(id)) {
      const { status, headers } = await send(line as 'GET /', { body })
      t.ok(status >= 400 && status < 500, `${status} ${line.slice(0, 100)}`)
      t.match(headers['content-type'], /^application\/problem\+json/)
    }
})

harmless('a node answers 404 to an unknown id', async (t) => {
  for (const { line, body, headers = {} } of routes) {
    const other = line.replace(product.id, randomUUID())
    const text = JSON.stringify(body).replaceAll(product.id, randomUUID())
    if (other === line && !JSON.stringify(body).includes(product.id)) continue
    const json = { ...headers, 'content-type': 'application/json' }
    const answer = await send(other as 'GET /', { body: text, headers: json })
    t.match(answer, { status: 404, body: { code: 'product_not_found' } }, line)
  }
})
