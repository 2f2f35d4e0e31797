import { randomUUID } from 'node:crypto'
import t from 'tap'
import { buyer, pay, stock, unitsOf } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { consistently } from '../../../support/assert-consistent.ts'

const app = await build(t, { RESOLVER_INTERVAL_MS: '50' })
const { sql } = environmentOf(app)
const test = consistently(t, app)

test('cancelling a confirmed order gives its money and its stock back', async (t) => {
  const [tea, cup] = await stock(app, 5, 1)
  const ada = buyer(app)
  const { body: order } = await ada.buy([
    { product_id: tea!, quantity: 2 },
    { product_id: cup!, quantity: 1 }
  ])
  const answer = await ada.cancel(order.id)
  t.equal(answer.status, 200)
  t.match(answer.body, {
    status: 'cancelled',
    cancel_reason: 'customer',
    confirmed_at: order.confirmed_at,
    payment: { status: /^refund(_pending|ed)$/ }
  })
  t.same(await unitsOf(app, tea!, cup!), [
    [5, 0],
    [1, 0]
  ])
  const bob = await buyer(app).buy([{ product_id: cup!, quantity: 1 }])
  t.equal(bob.status, 201, 'it is on sale again at once')
  await until(
    'the refund',
    async () => (await ada.order(order.id)).body.payment.status === 'refunded'
  )
})

test('a charge that went through after the cancel is refunded', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  const { body: cart } = await ada.add(tea!, 2)
  const { body: order } = await ada.checkout(pay('tok_timeout'))
  const answer = await ada.cancel(order.id)
  t.match(answer.body, { status: 'cancelled', cancel_reason: 'customer', confirmed_at: null })
  t.same(await unitsOf(app, tea!), [[5, 0]])
  t.same((await ada.cart()).body.items, cart.items)

  await until(
    'the refund',
    async () => (await ada.order(order.id)).body.payment.status === 'refunded'
  )
  t.equal((await ada.checkout()).status, 201, 'the cart can be bought again')
  t.same(await unitsOf(app, tea!), [[3, 0]])
})

test('cancelling an order closes the payment under way, and its checkout is answered 402', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  await ada.add(tea!)
  const paying = ada.checkout(pay('tok_slow'))
  const [order] = await until('the order', async () => {
    const orders = await ada.orders()
    return orders.length > 0 && orders
  })
  t.equal((await ada.cancel(order!.id)).status, 200)
  const body = { code: 'payment_declined', decline_code: 'customer', order_id: order!.id }
  t.match(await paying, { status: 402, body })
  t.equal((await ada.order(order!.id)).body.payment.status, 'failed')
  t.same(await unitsOf(app, tea!), [[5, 0]])
})

test('an order is cancelled once, and only in a state that allows it', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  const { body: order } = await ada.buy([{ product_id: tea!, quantity: 2 }])
  const answers = await Promise.all(Array.from({ length: 8 }, () => ada.cancel(order.id)))
  t.equal(answers.filter(({ status }) => status === 200).length, 1)
  for (const { status, body } of answers)
    if (status !== 200) t.same([status, body.code], [409, 'order_not_cancellable'])

  const sent = await ada.buy([{ product_id: tea!, quantity: 1 }])
  await sql.query(`update orders set fulfillment_status = 'fulfilled' where id = $1`, [
    sent.body.id
  ])
  t.equal((await ada.cancel(sent.body.id)).body.code, 'order_not_cancellable')

  const declined = await ada.buy([{ product_id: tea!, quantity: 1 }], 'tok_declined')
  t.equal((await ada.cancel(declined.body.order_id)).body.code, 'order_not_cancellable')
  t.equal((await ada.cancel(randomUUID())).body.code, 'order_not_found')
  t.same(await unitsOf(app, tea!), [[4, 0]])
})
