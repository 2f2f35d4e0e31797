import { randomUUID } from 'node:crypto'
import t from 'tap'
import { build, until, environmentOf } from '../support/build.ts'
import { addProduct, buy, call, usd } from './shop.ts'

const app = await build(t, { RESOLVER_INTERVAL_MS: '20' })
const product = await addProduct(app, { price: 250, quantity: 1000 })

const get = (session: string, path = '') => call(app, `GET /api/v1/orders${path}`, { session })
const cancel = (session: string, id: string) =>
  call(app, `POST /api/v1/orders/${id}/cancel`, { session })
const notFound = { status: 404, body: { code: 'order_not_found' } }

t.test('a session sees its order', async (t) => {
  const session = randomUUID()
  const { body: placed } = await buy(app, product.id, { session, quantity: 2 })
  const { status, body } = await get(session, `/${placed.id}`)
  t.equal(status, 200)
  t.same(body, placed)
  t.match(body, {
    number: /^[0-9A-HJKMNP-TV-Z]{12}$/,
    status: 'confirmed',
    payment: { status: 'succeeded', amount: usd(500), provider_reference: String },
    fulfillment_status: 'unfulfilled',
    email: 'ada@example.com',
    items: [{ product_id: product.id, sku: product.sku, quantity: 2, unit_price: usd(250) }],
    subtotal: usd(500),
    total: usd(500),
    created_at: /Z$/,
    confirmed_at: /Z$/
  })
  t.match(body.items[0].line_total, usd(500))
  for (const member of ['cancel_reason', 'cancelled_at', 'shipping_address'])
    t.equal(body[member], null, member)
  t.equal(body.payment.failure_code, null)
  t.same((await get(session, `/${placed.id.toUpperCase()}`)).body, placed)
})

t.test('an order keeps the name and the price that its product was bought for', async (t) => {
  const { id, sku } = await addProduct(app, { price: 100 })
  const session = randomUUID()
  const { body } = await buy(app, id, { session })
  const change = { price: usd(900), name: 'Renamed' }
  await call(app, `PATCH /api/v1/admin/products/${id}`, { key: true, body: change })
  t.match((await get(session, `/${body.id}`)).body.items, [{ name: sku, unit_price: usd(100) }])
})

t.test('a session does not see the orders of others', async (t) => {
  const [mine, theirs] = [randomUUID(), randomUUID()]
  const { body } = await buy(app, product.id, { session: theirs })
  t.match(await get(mine, `/${body.id}`), notFound)
  t.match(await cancel(mine, body.id), notFound)
  t.match(await get(mine, `/${randomUUID()}`), notFound)
  t.match((await get(mine)).body, { orders: [], page: { total: 0, pages: 0 } })
  t.equal((await get(theirs, `/${body.id}`)).body.status, 'confirmed')
})

t.test('a session lists its orders by pages, newest first', async (t) => {
  const session = randomUUID()
  const ids: string[] = []
  for (let n = 0; n < 3; n++) ids.unshift((await buy(app, product.id, { session })).body.id)
  const shown = async (query: string) => {
    const { orders, page } = (await get(session, query)).body
    return { ids: orders.map((order: { id: string }) => order.id), page }
  }
  t.same(await shown(''), { ids, page: { number: 1, limit: 20, total: 3, pages: 1 } })
  t.same(await shown('?limit=2'), {
    ids: ids.slice(0, 2),
    page: { number: 1, limit: 2, total: 3, pages: 2 }
  })
  t.same((await shown('?limit=2&page=2')).ids, ids.slice(2))
  for (const [query, found] of [
    ['?page=7', []],
    ['?limit=3', ids],
    ['?limit=3&page=2', []]
  ] as const)
    t.match(await shown(query), { ids: found, page: { total: 3 } }, query)
  for (const query of ['?page=101&limit=100', '?limit=0', '?status=pending', '?page=one'])
    t.match(await get(session, query), { status: 400, body: { code: 'validation_failed' } }, query)
})

t.test('an order that its buyer cancels gives stock and money back once', async (t) => {
  const { id } = await addProduct(app, { quantity: 5 })
  const session = randomUUID()
  const { body: order } = await buy(app, id, { session, quantity: 2 })
  const { status, body } = await cancel(session, order.id.toUpperCase())
  t.equal(status, 200)
  t.match(body, {
    id: order.id,
    status: 'cancelled',
    cancel_reason: 'customer',
    cancelled_at: /Z$/,
    confirmed_at: order.confirmed_at,
    payment: { status: /^refund(_pending|ed)$/ }
  })
  t.equal((await call(app, `GET /api/v1/inventory/${id}`)).body.quantity, 5)
  t.match(await cancel(session, order.id), { status: 409, body: { code: 'order_not_cancellable' } })
  await until('the refund', async () => {
    const { payment } = (await get(session, `/${order.id}`)).body
    return payment.status === 'refunded'
  })
  t.equal((await call(app, `GET /api/v1/inventory/${id}`)).body.quantity, 5)
})

t.test('many cancels at the same time cancel an order once', async (t) => {
  const { id } = await addProduct(app, { quantity: 5 })
  const session = randomUUID()
  const { body: order } = await buy(app, id, { session, quantity: 2 })
  const answers = await Promise.all(Array.from({ length: 5 }, () => cancel(session, order.id)))
  t.same(answers.map(({ status }) => status).toSorted(), [200, 409, 409, 409, 409])
  t.equal((await call(app, `GET /api/v1/inventory/${id}`)).body.quantity, 5)
})

t.test('a pending order can be cancelled, and its payment fails or is refunded', async (t) => {
  for (const token of ['tok_error', 'tok_timeout']) {
    const { id } = await addProduct(app, { quantity: 5 })
    const session = randomUUID()
    const { body: order } = await buy(app, id, { session, token })
    const answer = await cancel(session, order.id)
    t.match(
      answer,
      { status: 200, body: { status: 'cancelled', cancel_reason: 'customer' } },
      token
    )
    await until('the payment to end', async () => {
      const { payment } = (await get(session, `/${order.id}`)).body
      return ['failed', 'refunded'].includes(payment.status)
    })
    t.equal((await call(app, `GET /api/v1/inventory/${id}`)).body.quantity, 5)
  }
})

t.test('a declined or fulfilled order cannot be cancelled', async (t) => {
  const session = randomUUID()
  const { body: declined } = await buy(app, product.id, { session, token: 'tok_declined' })
  t.match(await get(session, `/${declined.order_id}`), {
    body: {
      status: 'cancelled',
      cancel_reason: 'payment_declined',
      confirmed_at: null,
      payment: { status: 'failed', failure_code: 'card_declined' }
    }
  })
  const { body: sent } = await buy(app, product.id, { session })
  await environmentOf(app).sql.query(
    `update orders set fulfillment_status = 'fulfilled' where id = $1`,
    [sent.id]
  )
  for (const id of [declined.order_id, sent.id])
    t.match(await cancel(session, id), { status: 409, body: { code: 'order_not_cancellable' } })
  t.equal((await get(session, `/${sent.id}`)).body.status, 'confirmed')
})
