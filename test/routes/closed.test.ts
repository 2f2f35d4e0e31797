import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build } from '../support/build.ts'
import { addProduct, call } from './shop.ts'

const app = await build(t)
const session = randomUUID()
const product = await addProduct(app)

t.test(
  'every route of the API refuses a parameter of the query that it does not know',
  async (t) => {
    for (const line of [
      'GET /api/v1/cart',
      'HEAD /api/v1/cart',
      'DELETE /api/v1/cart',
      'GET /api/v1/categories',
      `GET /api/v1/products/${product.id}`,
      `GET /api/v1/inventory/${product.id}`,
      `GET /api/v1/orders/${randomUUID()}`,
      `POST /api/v1/orders/${randomUUID()}/cancel`,
      `GET /api/v1/admin/products/${product.id}`,
      'GET /api/v1/admin/replication'
    ] as const) {
      const { status, body } = await call(app, `${line}?x=1`, { session, key: true })
      t.equal(status, 400, line)
      if (!line.startsWith('HEAD')) t.match(body, { errors: [{ parameter: 'query.x' }] }, line)
      t.not((await call(app, `${line}?x=`, { session, key: true })).status, 400, `${line}, empty`)
    }
    t.equal((await call(app, 'GET /health/live?x=1')).status, 200, 'operations are not the API')
  }
)

t.test('a route without a body refuses what a body has', async (t) => {
  const send = (body?: unknown) =>
    call(app, `POST /api/v1/orders/${randomUUID()}/cancel`, {
      session,
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: body === undefined ? {} : { 'content-type': 'application/json' }
    })
  t.match(await send({ x: 1 }), { status: 400, body: { errors: [{ pointer: '#/x' }] } })
  for (const body of [[], 'x', 5, true]) t.match(await send(body), { status: 400 })
  for (const body of [undefined, {}, null]) t.not((await send(body)).status, 400)
  const { body } = await call(app, 'GET /openapi.json')
  t.notOk(body.paths['/api/v1/orders/{id}/cancel'].post.requestBody)
})
