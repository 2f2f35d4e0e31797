import { randomUUID } from 'node:crypto'
import t from 'tap'
import { addProduct, call } from '../../routes/shop.ts'
import { build } from '../../support/build.ts'

const app = await build(t)
const product = await addProduct(app)
const session = randomUUID()
type Line = `GET /${string}`

t.test('what belongs to a session is stored by no cache, errors too', async (t) => {
  for (const line of [
    'GET /api/v1/cart',
    'HEAD /api/v1/cart',
    'PATCH /api/v1/cart',
    'DELETE /api/v1/cart',
    'POST /api/v1/cart/items',
    'GET /api/v1/cart/nothing',
    'GET /api/v1/%63art',
    'GET /api/v1/%63art/nothing',
    'GET /api/v1/cart/items/%zz',
    'GET /api/v1/checkout',
    'POST /api/v1/checkout',
    'POST /api/v1/checkout/nothing',
    'GET /api/v1/orders?limit=1',
    'GET /api/v1/orders?limit=x',
    'GET /api/v1/orders/x',
    `GET /api/v1/orders/${randomUUID()}`,
    `POST /api/v1/orders/${randomUUID()}/cancel`
  ]) {
    const { status, headers } = await call(app, line as Line, { session })
    t.equal(headers['cache-control'], 'no-store', `${line} ${status}`)
    t.match(headers.vary, /\bCookie\b.*\bX-Session-ID\b/, line)
  }
  const refused = await call(app, 'GET /api/v1/cart', { session: 'x' })
  t.match(refused, { status: 400, headers: { 'cache-control': 'no-store' } })
  const bought = await call(app, 'POST /api/v1/checkout', {
    headers: { 'idempotency-key': randomUUID() },
    body: { email: 'ada@example.com', items: [{ product_id: product.id, quantity: 1 }] }
  })
  t.match(bought, { status: 201, headers: { 'cache-control': 'no-store' } })
})

t.test('what belongs to the staff is stored by no cache, errors too', async (t) => {
  for (const [line, key] of [
    ['GET /api/v1/admin/invariants', true],
    ['GET /api/v1/admin/invariants', undefined],
    ['GET /api/v1/admin/invariants', 'wrong'],
    ['PATCH /api/v1/admin/invariants', true],
    ['POST /api/v1/admin/products', true],
    ['GET /api/v1/admin', true],
    ['GET /api/v1/admin/nothing', undefined],
    ['GET /api/v1/admin/%6eothing/x', undefined]
  ] as const) {
    const { status, headers } = await call(app, line as Line, key === undefined ? {} : { key })
    t.equal(headers['cache-control'], 'no-store', `${line} ${status}`)
    t.match(headers.vary, /\bAuthorization\b/, line)
  }
})

t.test(
  'a catalog answer is checked again before it is used, also one that found nothing',
  async (t) => {
    for (const [path, expected] of [
      ['products', 200],
      [`products/${product.slug}`, 200],
      ['products/no-such-product', 404],
      ['products/%zz', 400],
      ['products/a/b', 404],
      ['categories/no-such-category', 404],
      [`inventory/${randomUUID()}`, 404],
      ['products?limit=0', 400],
      ['nowhere', 404]
    ] as const) {
      const { status, headers } = await call(app, `GET /api/v1/${path}`)
      t.match(
        { status, cached: headers['cache-control'] },
        { status: expected, cached: 'no-cache' }
      )
    }
  }
)
