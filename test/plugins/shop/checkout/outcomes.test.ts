import { randomUUID } from 'node:crypto'
import t from 'tap'
import { buyer, pay, stock, unitsOf } from '../../../support/buyer.ts'
import { build, environmentOf } from '../../../support/build.ts'
import { consistently } from '../../../support/assert-consistent.ts'

const app = await build(t, { RESOLVER_INTERVAL_MS: '60000', PAYMENT_TIMEOUT_MS: '3000' })
const { sql } = environmentOf(app)

const test = consistently(t, app)

test('a paid order is confirmed, and its cart is cleared', async (t) => {
  const [tea, cup] = await stock(app, 5, 5)
  const ada = buyer(app)
  await ada.add(tea!, 2)
  const cart = await ada.add(cup!)
  const shipping_address = {
    name: 'Ada',
    line1: '1 Main Street',
    city: 'Berlin',
    postal_code: '10115',
    country: 'DE'
  }
  const answer = await ada.checkout({ shipping_address })

  t.equal(answer.status, 201)
  const { body: order } = answer
  t.equal(answer.headers.location, `/api/v1/orders/${order.id}`)
  t.equal(answer.headers['idempotency-replayed'], undefined)
  t.match(order, {
    status: 'confirmed',
    fulfillment_status: 'unfulfilled',
    email: 'ada@example.com',
    shipping_address,
    payment: {
      status: 'succeeded',
      amount: { amount: 300, currency: 'USD' },
      provider_reference: /^sim_/,
      failure_code: null
    },
    items: [
      { product_id: tea, quantity: 2, unit_price: { amount: 100 }, line_total: { amount: 200 } },
      { product_id: cup, quantity: 1 }
    ],
    subtotal: { amount: 300, currency: 'USD' },
    total: { amount: 300, currency: 'USD' },
    cancel_reason: null,
    cancelled_at: null
  })
  t.type(order.confirmed_at, 'string')
  t.same((await ada.order(order.id)).body, order)
  t.same(await unitsOf(app, tea!, cup!), [
    [3, 0],
    [4, 0]
  ])
  const after = await ada.cart()
  t.same(after.body.items, [])
  t.not(after.body.id, cart.body.id, 'the next cart is another purchase')
})

test('an order number is twelve characters that are not mixed up when read out', async (t) => {
  const [tea] = await stock(app, 50)
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => buyer(app).buy([{ product_id: tea!, quantity: 1 }]))
  )
  const numbers = answers.map(({ body }) => body.number)
  for (const number of numbers) t.match(number, /^[0-9A-HJKMNP-TV-Z]{12}$/)
  t.equal(new Set(numbers).size, 20)
})

for (const [token, decline_code] of [
  ['tok_declined', 'card_declined'],
  ['tok_insufficient_funds', 'insufficient_funds'],
  ['tok_expired_card', 'expired_card']
] as const) {
  test(`a checkout with ${token} is answered 402 ${decline_code}, and its stock and cart are kept`, async (t) => {
    const [tea] = await stock(app, 5)
    const ada = buyer(app)
    const { body: cart } = await ada.add(tea!, 2)
    const answer = await ada.checkout(pay(token))

    t.equal(answer.status, 402)
    t.match(answer.headers['content-type'], 'application/problem+json')
    t.match(answer.body, { code: 'payment_declined', decline_code })
    const order = await ada.order(answer.body.order_id)
    t.match(order.body, {
      status: 'cancelled',
      cancel_reason: 'payment_declined',
      confirmed_at: null,
      payment: { status: 'failed', failure_code: decline_code }
    })
    t.same(await unitsOf(app, tea!), [[5, 0]])
    t.same((await ada.cart()).body.items, cart.items, 'the cart is as it was')

    const next = await ada.checkout()
    t.equal(next.status, 201, 'another card, the same cart')
    t.not(next.body.id, answer.body.order_id)
    t.same(await unitsOf(app, tea!), [[3, 0]])
  })
}

test('a checkout whose provider gave no answer is answered 202, and its stock is held', async (t) => {
  const [tea] = await stock(app, 5)
  for (const [token, end] of [
    ['tok_timeout', 'confirmed'],
    ['tok_error', 'cancelled']
  ] as const) {
    const ada = buyer(app)
    await ada.add(tea!)
    const answer = await ada.checkout(pay(token))
    t.equal(answer.status, 202, token)
    t.equal(answer.headers.location, `/api/v1/orders/${answer.body.id}`)
    t.match(answer.body, { status: 'pending', payment: { status: 'unknown' } })
    t.equal((await unitsOf(app, tea!))[0]![1], 1, 'held')
    t.equal((await ada.cart()).body.items.length, 1, 'the cart is kept')

    await sql.query('update payments set check_at = now() where order_id = $1', [answer.body.id])
    await app.checkout.resolveDue(10)
    t.equal((await ada.order(answer.body.id)).body.status, end)
  }
  t.same(await unitsOf(app, tea!), [[4, 0]])
})

test('a checkout waits for a slow provider', async (t) => {
  const [tea] = await stock(app, 1)
  const answer = await buyer(app).buy([{ product_id: tea!, quantity: 1 }], 'tok_slow')
  t.equal(answer.status, 201)
})

test('a product that costs nothing is sold and can be cancelled', async (t) => {
  const [tea] = await stock(app, 3)
  await sql.query('update products set price = 0 where id = $1', [tea])
  const ada = buyer(app)
  const answer = await ada.buy([{ product_id: tea!, quantity: 2 }])
  t.equal(answer.status, 201)
  t.equal(answer.body.total.amount, 0)
  t.equal((await ada.cancel(answer.body.id)).status, 200)
  await app.checkout.resolveDue(10)
  t.same(await unitsOf(app, tea!), [[3, 0]])
})

test('a checkout refuses an unknown token and an invalid body', async (t) => {
  const [tea] = await stock(app, 1)
  const items = [{ product_id: tea!, quantity: 1 }]
  const key = randomUUID()
  for (const body of [
    { items, ...pay('tok_stolen') },
    { items, email: 'ada' },
    { items: [] },
    { items: [{ product_id: tea!, quantity: 0 }] },
    { items: [{ product_id: tea!, quantity: 1000 }] },
    { items: [{ product_id: 'tea', quantity: 1 }] },
    { items, expected_total: { amount: 1.5, currency: 'USD' } },
    { items, coupon: 'FREE' }
  ]) {
    const answer = await buyer(app).checkout(body, key)
    t.equal(answer.status, 400, JSON.stringify(body))
    t.equal(answer.body.code, 'validation_failed')
  }
  t.same(await unitsOf(app, tea!), [[1, 0]])
})

test('a checkout takes any text as an address, or refuses it', async (t) => {
  const [tea] = await stock(app, 9)
  for (const name of ['\u0000', '\ud800', 'O\u2019Neill \u{1f600}', '\\u0000', '"']) {
    const shipping_address = { name, line1: '', city: '', postal_code: '', country: 'DE' }
    const answer = await buyer(app).checkout(
      { shipping_address, items: [{ product_id: tea!, quantity: 1 }] },
      randomUUID()
    )
    t.ok([201, 400].includes(answer.status), JSON.stringify([name, answer.status]))
    if (answer.status === 201) t.same(answer.body.shipping_address, shipping_address)
  }
})
