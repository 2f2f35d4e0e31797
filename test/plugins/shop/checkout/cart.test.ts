import { randomUUID } from 'node:crypto'
import t from 'tap'
import { buyer, pay, stock, unitsOf } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { faultProxy } from '../../../support/fault-proxy.ts'
import { consistently } from '../../../support/assert-consistent.ts'

const app = await build(t, { RESOLVER_INTERVAL_MS: '50' })
const { env, sql } = environmentOf(app)
const way = await faultProxy(t, env.REDIS_URL!)
/** A node whose connection to Redis can be blocked. */
const slow = await build(t, { REDIS_URL: way.url }, { like: app })
const test = consistently(t, app)

test('the checkout of an empty cart is answered 422', async (t) => {
  const ada = buyer(app)
  for (const key of [undefined, randomUUID()]) {
    const answer = await ada.checkout({}, key)
    t.same([answer.status, answer.body.code], [422, 'cart_empty'])
  }
})

test('a double click is one purchase', async (t) => {
  for (const left of [1, 30]) {
    const [tea] = await stock(app, left)
    const ada = buyer(app)
    await ada.add(tea!)
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => ada.at(n % 2 ? app : slow).checkout())
    )
    const bought = answers.filter(({ status }) => status === 201)
    t.equal(new Set(bought.map(({ body }) => body.id)).size, 1)
    for (const { status, body } of answers)
      if (status !== 201) t.same([status, body.code], [409, 'checkout_in_progress'])
    t.same(await unitsOf(app, tea!), [[left - 1, 0]])
  }
})

test('a late double click is answered from its order for ten minutes', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  await ada.add(tea!)
  const first = await ada.checkout()
  const again = await ada.checkout()
  t.equal(again.status, 201)
  t.equal(again.body.id, first.body.id)
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.equal((await ada.checkout({ email: 'other@example.com' })).body.code, 'cart_empty')
  t.equal(
    (await ada.checkout({}, randomUUID())).body.code,
    'cart_empty',
    'a request with a key is no double click'
  )

  await sql.query(`update orders set confirmed_at = now() - interval '601 s' where id = $1`, [
    first.body.id
  ])
  t.equal((await ada.checkout()).body.code, 'cart_empty')
})

test('a new cart with the same body is another purchase', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  await ada.add(tea!)
  const first = await ada.checkout()
  await ada.add(tea!)
  const second = await ada.checkout()
  t.same([first.status, second.status], [201, 201])
  t.not(first.body.id, second.body.id)
})

test('two tabs with keys of their own buy a cart once', async (t) => {
  for (const left of [1, 30]) {
    const [tea] = await stock(app, left)
    const ada = buyer(app)
    await ada.add(tea!)
    const answers = await Promise.all([
      ada.checkout({}, randomUUID()),
      ada.at(slow).checkout({}, randomUUID())
    ])
    t.same(answers.map(({ status }) => status === 201).filter(Boolean), [true], 'one of them buys')
    const { body } = answers.find(({ status }) => status !== 201)!
    t.ok(['checkout_in_progress', 'cart_empty'].includes(body.code), body.code)
    t.same(await unitsOf(app, tea!), [[left - 1, 0]])
  }
})

test('lines that were added while paying stay in the cart', async (t) => {
  const [tea, cup] = await stock(app, 5, 5)
  const ada = buyer(app)
  const before = await ada.add(tea!, 2)
  const paying = ada.checkout(pay('tok_slow'))
  await until('the order', async () => (await ada.orders()).length === 1)
  await ada.add(tea!)
  await ada.add(cup!, 3)
  const click = await ada.checkout(pay('tok_slow'), randomUUID())
  t.equal(click.body.code, 'checkout_in_progress', 'another tab')
  const answer = await paying
  t.equal(answer.status, 201)
  t.match(answer.body.items, [{ product_id: tea, quantity: 2 }])
  // The resolver may clear the cart a second time.
  await app.carts.clear(ada.kept, before.body.id!, [{ product_id: tea!, quantity: 2 }])
  const { body: cart } = await ada.cart()
  t.match(cart.items, [
    { product_id: tea, quantity: 1 },
    { product_id: cup, quantity: 3 }
  ])
  t.not(cart.id, before.body.id)

  const rest = await ada.checkout(pay('tok_slow'))
  t.not(rest.body.id, answer.body.id, 'the rest of the cart is another purchase')
  t.same(await unitsOf(app, tea!, cup!), [
    [2, 0],
    [2, 0]
  ])
})

test('the cart is cleared when an unknown outcome turns out to be paid', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  await ada.add(tea!)
  const { body: order, status } = await ada.checkout(pay('tok_timeout'))
  t.equal(status, 202)
  const again = await ada.checkout(pay('tok_timeout'))
  t.equal(again.body.code, 'checkout_in_progress', 'its cart is still being bought')
  await until('the order is confirmed', async () => (await ada.order(order.id)).body.confirmed_at)
  await until('the cart is empty', async () => (await ada.cart()).body.items.length === 0)
})

test('a cart that came back from an older snapshot is sold only once', async (t) => {
  const [tea, cup] = await stock(app, 5, 5)
  for (const key of [undefined, randomUUID()]) {
    const ada = buyer(app)
    await ada.add(tea!)
    const snapshot = await app.redis.hgetall(`cart:hash:${ada.kept}`)
    const first = await ada.checkout()
    await app.redis.hset(`cart:hash:${ada.kept}`, { ...snapshot, [`line:${cup}`]: 1 })

    const second = await ada.checkout({}, key)
    t.equal(second.status, 201)
    if (key === undefined) t.equal(second.body.id, first.body.id, 'a double click')
    else t.match(second.body.items, [{ product_id: cup, quantity: 1 }], 'what is left')
    const { body: cart } = await ada.cart()
    t.same(
      cart.items.map(({ product_id }) => product_id),
      key === undefined ? [cup] : []
    )
  }
  t.same((await unitsOf(app, tea!))[0], [3, 0])
})

test('a repeat that was on its way while its cart was bought is answered from the order', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  await ada.add(tea!)
  const key = randomUUID()
  way.block()
  const late = ada.at(slow).checkout({}, key)
  await until('the repeat asks for its cart', () => way.waits())
  const first = await ada.checkout({}, key)
  way.unblock()
  const answer = await late
  t.equal(answer.status, 201)
  t.equal(answer.body.id, first.body.id)
})
