import t from 'tap'
import { buyer, stock } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { addProduct, call, usd } from '../../../routes/shop.ts'
import { emptied, written, busy, delivered } from './support.ts'

// Its relay sleeps: what is written stays where it is.
const app = await build(t, { RESOLVER_INTERVAL_MS: '60000' })
const { sql } = environmentOf(app)

/** [type, version] of what was written since the last look, the newest last. */
async function news() {
  const rows = await written(app)
  await sql.query('truncate outbox')
  return rows.map(({ type, version }) => [type, version])
}

t.test('a paid order is told of, and the units that it took', async (t) => {
  const [tea] = await stock(app, 10)
  const ada = buyer(app)
  await ada.add(tea!, 3)
  const { body } = await ada.checkout()
  const events = await written(app)
  t.match(events, [
    {
      aggregatetype: 'order',
      aggregateid: body.id,
      version: 1,
      type: 'order.placed',
      payload: { order_id: body.id, number: body.number, status: 'pending', total: 300 }
    },
    {
      aggregatetype: 'inventory',
      aggregateid: tea,
      version: 2,
      type: 'inventory.changed',
      payload: { product_id: tea, quantity: 7, quantity_before: 10, version: 2 }
    },
    { aggregateid: body.id, version: 2, type: 'order.confirmed', payload: { status: 'confirmed' } }
  ])
  t.notMatch(JSON.stringify(events), ada.session, 'an event does not show the session')
  await news()

  await ada.cancel(body.id)
  t.same(await news(), [
    ['order.cancelled', 3],
    ['inventory.changed', 3]
  ])
  await sql.query('update payments set check_at = now() where check_at is not null')
  await app.checkout.resolveDue(10)
  t.same(await news(), [['order.refunded', 4]])
})

t.test('a declined card is told of, and that its units are back', async (t) => {
  const [tea] = await stock(app, 5)
  await buyer(app).buy([{ product_id: tea!, quantity: 5 }], 'tok_declined')
  const events = await written(app)
  t.match(events[3], { type: 'inventory.changed', payload: { quantity: 5, quantity_before: 0 } })
  t.same(await news(), [
    ['order.placed', 1],
    ['inventory.changed', 2],
    ['order.cancelled', 2],
    ['inventory.changed', 3]
  ])
})

t.test('money that came after the cancellation is told of', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  const { body } = await ada.buy([{ product_id: tea!, quantity: 1 }], 'tok_timeout')
  await ada.cancel(body.id)
  await news()
  const succeeded = 'select finish_orders(array[$1::uuid], $2, $3, $4, $4)'
  await sql.query(succeeded, [body.id, ['succeeded'], ['payment_failed'], [null]])
  t.same(await news(), [['order.refund_requested', 3]])
})

t.test('a refused order is not told of', async (t) => {
  const [tea] = await stock(app, 1)
  t.equal((await buyer(app).buy([{ product_id: tea!, quantity: 2 }])).status, 409)
  t.same(await news(), [])
})

t.test('products and their stock are told of', async (t) => {
  const { id, slug } = await addProduct(app, { quantity: 4 })
  t.match(await written(app), [
    {
      aggregatetype: 'product',
      aggregateid: id,
      version: 1,
      type: 'product.created',
      payload: { product_id: id, slug, price: 1000, currency: 'USD', status: 'active' }
    },
    { aggregateid: id, version: 1, type: 'inventory.changed', payload: { quantity: 4 } }
  ])
  await news()

  const change = { price: usd(900), slug: `${slug}-2` }
  await call(app, `PATCH /api/v1/admin/products/${id}`, { key: true, body: change })
  const [event] = await written(app)
  t.match(event.payload, { slug: `${slug}-2`, slug_before: slug, price: 900, version: 2 })
  t.same(await news(), [['product.changed', 2]])

  const stale = { key: true, headers: { 'if-match': '"1"' }, body: change } as const
  t.equal((await call(app, `PATCH /api/v1/admin/products/${id}`, stale)).status, 412)
  t.same(await news(), [], 'a refused change is not told of')

  const put = { key: true, body: { quantity: 9, reason: 'counted' } } as const
  await call(app, `PUT /api/v1/admin/inventory/${id}`, put)
  await call(app, `PUT /api/v1/admin/inventory/${id}`, put)
  t.same(await news(), [['inventory.changed', 2]])
})

t.test('a consumer gets a CloudEvent', async (t) => {
  const node = await build(t, busy, { like: app })
  const { id } = await addProduct(app)
  await emptied(app)
  const [event] = await until('the event', async () => delivered(node, 'product'))
  t.match(event, {
    specversion: '1.0',
    id: /^[0-9a-f-]{36}$/,
    source: '/holdfast',
    type: 'product.created',
    subject: id,
    time: /^\d{4}-.*Z$/,
    datacontenttype: 'application/json',
    partitionkey: id,
    aggregateversion: 1,
    data: { product_id: id }
  })
})
