import t from 'tap'
import { buyer, stock, unitsOf } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { consistently } from '../../../support/assert-consistent.ts'

// Checkouts resolve, and a second node where a test starts it. The resolver of this node does not run.
const app = await build(t, { RESOLVER_INTERVAL_MS: '60000' })
const { sql } = environmentOf(app)
const test = consistently(t, app)

const letExpire = (id: string) =>
  sql.query('update reservations set expires_at = now() where order_id = $1', [id])

test('a checkout that finds too little stock ends expired reservations and buys their units', async (t) => {
  const [tea, cup] = await stock(app, 1, 5)
  const ada = buyer(app)
  const { body: order } = await ada.buy([{ product_id: tea!, quantity: 1 }], 'tok_error')
  const items = [
    { product_id: cup!, quantity: 1 },
    { product_id: tea!, quantity: 1 }
  ]
  t.equal((await buyer(app).buy(items)).body.code, 'insufficient_stock', 'held')

  await letExpire(order.id)
  t.equal((await buyer(app).buy(items)).status, 201)
  t.match((await ada.order(order.id)).body, { status: 'cancelled', cancel_reason: 'expired' })
  t.same(await unitsOf(app, tea!, cup!), [
    [0, 0],
    [4, 0]
  ])
})

test('an expired reservation whose payment turns out to be paid keeps its units', async (t) => {
  const [tea] = await stock(app, 1)
  const ada = buyer(app)
  const { body: order } = await ada.buy([{ product_id: tea!, quantity: 1 }], 'tok_timeout')
  await letExpire(order.id)
  const bob = await buyer(app).buy([{ product_id: tea!, quantity: 1 }])
  t.equal(bob.body.code, 'insufficient_stock')
  t.equal((await ada.order(order.id)).body.status, 'confirmed')
})

test('a rush buys the units of expired reservations, and none of them twice', async (t) => {
  const [tea] = await stock(app, 3)
  const late = await Promise.all(
    Array.from({ length: 3 }, () =>
      buyer(app).buy([{ product_id: tea!, quantity: 1 }], 'tok_error')
    )
  )
  for (const { body } of late) await letExpire(body.id)
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => buyer(app).buy([{ product_id: tea!, quantity: 1 }]))
  )
  t.equal(answers.filter(({ status }) => status === 201).length, 3)
  t.equal(answers.filter(({ body }) => body.code === 'insufficient_stock').length, 9)
})

test('a reservation expires when its time is over, and a later charge is refused', async (t) => {
  const brief = await build(
    t,
    { RESERVATION_TTL_SECONDS: '1', PROVIDER_LATENCY_MS: '2000', RESOLVER_INTERVAL_MS: '60000' },
    { like: app }
  )
  await build(t, { RESOLVER_INTERVAL_MS: '20' }, { like: app })
  const [tea] = await stock(app, 1)
  const ada = buyer(brief)
  await ada.add(tea!)
  const began = performance.now()
  const answer = await ada.checkout()
  t.ok(performance.now() - began > 1000)
  t.match(answer, { status: 402, body: { decline_code: 'expired' } }, 'the charge came too late')
  t.same(await unitsOf(app, tea!), [[1, 0]])
})

test('a shop whose provider is silent puts the stock back on sale, and refunds a late charge', async (t) => {
  const silent = await build(
    t,
    { PROVIDER_LOST_RESPONSES: '1', PAYMENT_GIVE_UP_SECONDS: '1', RESOLVER_INTERVAL_MS: '20' },
    { like: app }
  )
  const [tea] = await stock(app, 1)
  const ada = buyer(silent)
  await ada.add(tea!)
  const { body: order, status } = await ada.checkout()
  t.equal(status, 202)
  await until('the order to be given up', async () => {
    const { body } = await ada.order(order.id)
    return body.status === 'cancelled' && body
  })
  t.match((await ada.order(order.id)).body, {
    cancel_reason: 'expired',
    confirmed_at: null,
    payment: { status: 'unknown' }
  })
  t.equal((await buyer(app).buy([{ product_id: tea!, quantity: 1 }])).status, 201, 'sold again')

  // The charge had gone through. Now the provider answers.
  await silent.close()
  await build(t, { RESOLVER_INTERVAL_MS: '20' }, { like: app })
  await until('the refund', async () => {
    await sql.query('update payments set check_at = now() where check_at > now()')
    const { body } = await ada.at(app).order(order.id)
    return body.payment.status === 'refunded' && body.cancel_reason === 'stock_lost'
  })
  t.equal((await ada.at(app).checkout()).body.code, 'insufficient_stock', 'the cart was kept')
})
