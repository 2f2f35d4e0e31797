import { randomUUID } from 'node:crypto'
import t from 'tap'
import { call } from '../../routes/shop.ts'
import { build } from '../../support/build.ts'

const app = await build(t)

t.test('a node reports the faults of all parts of a request at once', async (t) => {
  const errors = async (
    ...request: Parameters<typeof call> extends [unknown, ...infer R] ? R : never
  ) => {
    const { status, body } = await call(app, ...request)
    t.match({ status, code: body.code }, { status: 400, code: 'validation_failed' })
    const places = body.errors as { parameter?: string; pointer?: string }[]
    return [...new Set(places.map(({ parameter, pointer }) => parameter ?? pointer))].toSorted()
  }
  const headers = { 'idempotency-key': 'x' }
  const session = randomUUID()
  const checkout = { session, headers, body: { email: 'nope', x: 1 } }
  t.same(await errors('POST /api/v1/checkout', checkout), [
    '#/email',
    '#/x',
    'header.idempotency-key'
  ])
  const token = { session, headers, body: { email: 'a@b.example', payment: { token: 'tok_no' } } }
  t.same(await errors('POST /api/v1/checkout', token), [
    '#/payment/token',
    'header.idempotency-key'
  ])
  t.same(await errors('PUT /api/v1/cart/items/nope', { body: { quantity: -1 } }), [
    '#/quantity',
    'path.product_id'
  ])
  t.same(await errors('GET /api/v1/products?page=9999&sort=x'), ['query.page', 'query.sort'])
  t.same(await errors('GET /api/v1/products?page=501'), ['query.page'])
  const long = { session, headers: { 'x-consistency-token': 'x'.repeat(17_000) } }
  t.same(await errors('GET /api/v1/orders?page=999&limit=100', long), [
    'header.x-consistency-token',
    'query.page'
  ])
  const patch = {
    key: true as const,
    headers: { 'if-match': 'x' },
    body: { name: '' }
  }
  t.same(await errors('PATCH /api/v1/admin/products/nope', patch), [
    '#/name',
    'header.if-match',
    'path.id'
  ])
  t.same(await errors('POST /api/v1/cart/items', { headers, body: { product_id: 'nope' } }), [
    '#/product_id',
    '#/quantity',
    'header.idempotency-key'
  ])
  t.same(await errors('POST /api/v1/cart/items', { body: { quantity: 1, items: [] } }), [
    '#/items',
    '#/quantity'
  ])
  t.same(await errors('POST /api/v1/cart/items', { body: {} }), ['#/product_id', '#/quantity'])
})

t.test('an empty body counts as none, whatever its type', async (t) => {
  const types = ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data', 'foo']
  for (const type of types) {
    const headers = { 'content-type': type, 'content-length': '0' }
    const cancel = `POST /api/v1/orders/${randomUUID()}/cancel` as const
    t.match(await call(app, cancel, { headers }), { status: 404 }, type)
    t.equal((await call(app, 'DELETE /api/v1/cart', { headers })).status, 204, type)
    const full = { headers: { 'content-type': type }, body: 'a=b' }
    t.match((await call(app, cancel, full)).body, { code: 'unsupported_media_type' }, type)
    if (type !== 'foo') t.equal((await call(app, 'POST /nope', full)).status, 404, type)
  }
})
