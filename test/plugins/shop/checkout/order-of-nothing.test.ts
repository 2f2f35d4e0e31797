import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { tokens } from '../../../../plugins/shop/payments/simulated/tokens.ts'
import { call } from '../../../routes/shop.ts'
import { line, newOrder, place } from '../../../sql/support.ts'
import { consistently } from '../../../support/assert-consistent.ts'
import { build, environmentOf } from '../../../support/build.ts'
import { buyer, pay, stock, unitsOf, type Answer } from '../../../support/buyer.ts'

// The resolver does not run; the tests resolve.
const app = await build(t, { RESOLVER_INTERVAL_MS: '60000' })
const { sql } = environmentOf(app)
const test = consistently(t, app)

/** A product of price 0. */
async function freebie(units: number) {
  const [leaflet] = await stock(app, units)
  await sql.query('update products set price = 0 where id = $1', [leaflet])
  return leaflet!
}

/** The order is confirmed, and the provider knows nothing of its payment. */
async function checkFree(t: Test, { body: order }: Answer) {
  t.match(order, {
    status: 'confirmed',
    total: { amount: 0 },
    payment: { status: 'succeeded', provider_reference: null, failure_code: null }
  })
  t.equal(await app.payments.find(order.payment.id), undefined, 'the provider was not asked')
}

test('an order of nothing is confirmed without the provider, whatever the token', async (t) => {
  const leaflet = await freebie(20)
  for (const token of tokens) {
    const answer = await buyer(app).buy([{ product_id: leaflet, quantity: 2 }], token)
    t.equal(answer.status, 201, token)
    await checkFree(t, answer)
  }
  const ada = buyer(app)
  await ada.add(leaflet)
  await checkFree(t, await ada.checkout(pay('tok_error')))
  t.same((await ada.cart()).body.items, [], 'its cart is cleared')
  t.same(await unitsOf(app, leaflet), [[20 - 2 * tokens.length - 1, 0]])
})

test('an order of nothing takes a token that the provider does not know, and no other order does', async (t) => {
  const leaflet = await freebie(5)
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  const wrong = 'tok_unknown'
  const first = await ada.buy([{ product_id: leaflet, quantity: 1 }], wrong, 'a-key-of-a-leaflet')
  await checkFree(t, first)
  const again = await ada.buy([{ product_id: leaflet, quantity: 1 }], wrong, 'a-key-of-a-leaflet')
  t.same([again.status, again.body], [201, first.body])
  await ada.add(leaflet)
  await checkFree(t, await ada.checkout(pay(wrong)))

  const refused = {
    status: 400,
    body: { code: 'validation_failed', errors: [{ pointer: '#/payment/token' }] }
  }
  t.match(await ada.checkout(pay(wrong)), { status: 201 }, 'a late double click')
  t.match(await buyer(app).checkout(pay(wrong)), refused, 'the cart is empty')
  const both = [leaflet, tea!].map((product_id) => ({ product_id, quantity: 1 }))
  t.match(await ada.buy(both, wrong), refused)
  await ada.add(tea!)
  t.match(
    await ada.checkout({ ...pay(wrong), expected_total: { amount: 1, currency: 'USD' } }),
    refused
  )

  const short = await ada.buy([{ product_id: leaflet, quantity: 1 }], wrong, 'short')
  t.match(short, { status: 400, body: { errors: [{ parameter: 'header.idempotency-key' }] } })
  const asked = await call(app, 'POST /api/v1/checkout?x=1', {
    session: ada.session,
    headers: { 'idempotency-key': 'another-key-of-a-leaflet' },
    body: { email: 'ada@example.com', ...pay(wrong), items: [{ product_id: leaflet, quantity: 1 }] }
  })
  t.match(asked, {
    status: 400,
    body: { errors: [{ parameter: 'query.x' }, { pointer: '#/payment/token' }] }
  })
  t.match(await ada.checkout({ ...pay(wrong), email: 'ada' }), {
    status: 400,
    body: { errors: [{ pointer: '#/email' }, { pointer: '#/payment/token' }] }
  })
  t.same(await unitsOf(app, leaflet, tea!), [
    [3, 0],
    [5, 0]
  ])
})

test('an order of nothing is answered the same when it is repeated', async (t) => {
  const leaflet = await freebie(3)
  const ada = buyer(app)
  const key = randomUUID()
  const items = [{ product_id: leaflet, quantity: 1 }]
  const first = await ada.buy(items, 'tok_declined', key)
  const again = await ada.buy(items, 'tok_declined', key)
  t.same([again.status, again.body], [201, first.body])
})

test('the resolver confirms an order of nothing whose request died, and does not ask the provider', async (t) => {
  const leaflet = await freebie(9)
  for (const state of ['reserved', 'expired']) {
    const ada = buyer(app)
    const order = newOrder([line(leaflet, 2, 0)], { cart: null, session: ada.kept })
    t.match(await place(sql, [order]), [{ outcome: 'placed' }])
    if (state === 'expired')
      await sql.query('update reservations set expires_at = now() where order_id = $1', [order.id])
    await sql.query('update payments set check_at = now() where order_id = $1', [order.id])
    t.equal(await app.checkout.resolveDue(5), 1, state)
    await checkFree(t, await ada.order(order.id))
  }
  t.same(await unitsOf(app, leaflet), [[5, 0]])
})

test('an order of nothing can be cancelled, before and after it is confirmed', async (t) => {
  const leaflet = await freebie(9)
  const ada = buyer(app)
  const { body } = await ada.buy([{ product_id: leaflet, quantity: 4 }])
  t.match(await ada.cancel(body.id), {
    status: 200,
    body: { status: 'cancelled', payment: { status: 'refunded', provider_reference: null } }
  })

  const grace = buyer(app)
  const order = newOrder([line(leaflet, 4, 0)], { cart: null, session: grace.kept })
  await place(sql, [order])
  t.equal((await grace.cancel(order.id)).status, 200)
  t.equal(await app.checkout.resolveDue(5), 1)
  t.match((await grace.order(order.id)).body, {
    status: 'cancelled',
    cancel_reason: 'customer',
    payment: { status: 'failed' }
  })
  t.equal(await app.payments.find(order.payment), undefined)
  t.equal((await sql.query('select from refunds')).rowCount, 0, 'there is nothing to refund')
  t.same(await unitsOf(app, leaflet), [[9, 0]])
})

test('the provider is not asked for a refund of 0 that an earlier version has left', async (t) => {
  const leaflet = await freebie(1)
  const ada = buyer(app)
  const { body } = await ada.buy([{ product_id: leaflet, quantity: 1 }])
  await ada.cancel(body.id)
  await sql.query(
    `with asked as (insert into refunds (payment_id, amount, reason) values ($1, 0, 'customer'))
     update payments set status = 'refund_pending', check_at = now() where id = $1`,
    [body.payment.id]
  )
  t.equal(await app.checkout.resolveDue(5), 1)
  t.equal((await ada.order(body.id)).body.payment.status, 'refunded')
})

test('the invariants hold with orders of nothing', async (t) => {
  await buyer(app).buy([{ product_id: await freebie(1), quantity: 1 }], 'tok_timeout')
  const answer = await app.inject({
    url: '/api/v1/admin/invariants?deep=true',
    headers: { authorization: `Bearer ${environmentOf(app).env.ADMIN_API_KEY}` }
  })
  t.match(answer.json(), { holds: true })
})
