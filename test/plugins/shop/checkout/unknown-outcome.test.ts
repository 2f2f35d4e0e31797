import t from 'tap'
import { buyer, pay, stock, unitsOf } from '../../../support/buyer.ts'
import { build, until } from '../../../support/build.ts'
import { consistently } from '../../../support/assert-consistent.ts'

// The provider needs longer than this node waits. The resolver runs.
const app = await build(t, {
  RESOLVER_INTERVAL_MS: '50',
  PAYMENT_TIMEOUT_MS: '300',
  PROVIDER_LATENCY_MS: '20'
})
const test = consistently(t, app)

test('the resolver confirms an order that was charged while the answer was lost', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  await ada.add(tea!, 2)
  const answer = await ada.checkout(pay('tok_timeout'))
  t.equal(answer.status, 202)
  const order = await until('the order to be confirmed', async () => {
    const { body } = await ada.order(answer.body.id)
    return body.status === 'confirmed' && body
  })
  t.match(order, { payment: { status: 'succeeded', provider_reference: /^sim_/ } })
  t.same(await unitsOf(app, tea!), [[3, 0]])
  await until('the cart to be cleared', async () => (await ada.cart()).body.items.length === 0)
  t.equal((await ada.checkout(pay('tok_timeout'))).body.id, order.id, 'a late click')
})

test('the resolver cancels an order that was not charged, and gives the stock back', async (t) => {
  const [tea] = await stock(app, 1)
  const ada = buyer(app)
  const { body: cart } = await ada.add(tea!)
  const answer = await ada.checkout(pay('tok_error'))
  t.equal(answer.status, 202)
  await until('the order to be cancelled', async () => {
    const { body } = await ada.order(answer.body.id)
    return body.status === 'cancelled' && body.cancel_reason === 'payment_failed'
  })
  t.same(await unitsOf(app, tea!), [[1, 0]])
  // The stock is released in PostgreSQL first, then in the gate.
  const after = await until('the gate to be told', async () => {
    const { body } = await ada.cart()
    return body.items[0]!.available === 1 && body
  })
  t.same(after.items, cart.items, 'the cart is as it was')
  t.equal((await ada.checkout()).status, 201)
})

test('a checkout does not wait for the provider longer than PAYMENT_TIMEOUT_MS', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  await ada.add(tea!)
  const answer = await ada.checkout(pay('tok_slow'))
  t.equal(answer.status, 202)
  t.match(answer.body, { status: 'pending', payment: { status: 'unknown' } })
  await until(
    'the unknown outcome to end',
    async () => (await ada.order(answer.body.id)).body.cancel_reason
  )
  const { body } = await ada.order(answer.body.id)
  t.match(
    body,
    { status: 'cancelled', cancel_reason: 'payment_failed' },
    'the payment was closed before the charge came'
  )
  const decision = await app.payments.find(body.payment.id)
  t.equal(decision?.status, 'closed', 'the provider refuses the charge when it comes')
  t.equal((await ada.checkout()).status, 201, 'nothing was charged twice')
})

test('a checkout waits for a slow provider as long as PAYMENT_TIMEOUT_MS allows', async (t) => {
  const patient = await build(t, { PAYMENT_TIMEOUT_MS: '4000' }, { like: app })
  const [tea] = await stock(app, 5)
  const answer = await buyer(patient).buy([{ product_id: tea!, quantity: 1 }], 'tok_slow')
  t.equal(answer.status, 201)
})
