import { randomUUID } from 'node:crypto'
import t from 'tap'
import { hashOf, idOfPurchase } from '../../../../plugins/kernel/session/id.ts'
import { call } from '../../../routes/shop.ts'
import { consistently } from '../../../support/assert-consistent.ts'
import { build, environmentOf } from '../../../support/build.ts'
import { buyer, stock } from '../../../support/buyer.ts'

// A client that buys items by key learns its session from the answer, and may lose that answer.

const app = await build(t)
const other = await build(t, {}, { like: app })
const test = consistently(t, app)

type Body = { email: string; items: object[]; payment: { token: string } }

const bodyOf = (product_id: string, token = 'tok_success'): Body => ({
  email: 'ada@example.com',
  items: [{ product_id, quantity: 1 }],
  payment: { token }
})

const checkout = (key: string, body: Body, headers: Record<string, string> = {}, node = app) =>
  call(node, 'POST /api/v1/checkout', { headers: { 'idempotency-key': key, ...headers }, body })

/** How many orders a key has, in any session. */
const ordersOf = async (key: string) => {
  const { sql } = environmentOf(app)
  return (await sql.query('select from orders where idempotency_key = $1', [key])).rowCount
}

const sessionOf = ({ headers }: Awaited<ReturnType<typeof call>>) => headers['x-session-id']
const idOf = ({ body }: Awaited<ReturnType<typeof call>>) => body.id ?? body.order_id

test('a checkout with a key and no session is one order, however often and at whichever node it is sent', async (t) => {
  const [tea] = await stock(app, 9)
  for (const [token, status] of [
    ['tok_success', 201],
    ['tok_declined', 402]
  ] as const) {
    const key = randomUUID()
    const body = bodyOf(tea!, token)
    const first = await checkout(key, body)
    t.equal(first.status, status)
    t.equal(first.headers['idempotency-replayed'], undefined)
    for (const node of [app, other]) {
      const again = await checkout(key, body, {}, node)
      t.equal(again.status, status)
      t.equal(idOf(again), idOf(first))
      t.equal(again.headers['idempotency-replayed'], 'true')
      t.equal(sessionOf(again), sessionOf(first))
      t.match(again.headers['set-cookie'], `sid=${sessionOf(first)}`)
    }
    t.equal(await ordersOf(key), 1)
    const { body: orders } = await call(app, 'GET /api/v1/orders', {
      session: String(sessionOf(first))
    })
    t.match(orders.orders, [{ id: idOf(first) }])
  }
})

test('another body under the same key is another purchase, and another session', async (t) => {
  const [tea, cup] = await stock(app, 9, 9)
  const key = randomUUID()
  const [one, two] = [await checkout(key, bodyOf(tea!)), await checkout(key, bodyOf(cup!))]
  t.same([one.status, two.status], [201, 201])
  t.not(idOf(one), idOf(two))
  t.not(sessionOf(one), sessionOf(two))
})

test('a client that got another session after the lost answer meets its order, and its session', async (t) => {
  const [tea] = await stock(app, 9)
  const key = randomUUID()
  const lost = await checkout(key, bodyOf(tea!))
  const { headers } = await call(app, 'POST /api/v1/cart/items', {
    body: { product_id: tea, quantity: 1 }
  })
  const cookie = String(headers['set-cookie']).split(';')[0]!
  for (const own of [{ cookie }, { 'x-session-id': randomUUID() }]) {
    const again = await checkout(key, bodyOf(tea!), own as Record<string, string>)
    t.match(again, { status: 201, body: { id: idOf(lost) } })
    t.equal(again.headers['idempotency-replayed'], 'true')
    t.equal(sessionOf(again), sessionOf(lost))
    t.match(again.headers['set-cookie'], `sid=${sessionOf(lost)}`)
  }
  t.equal(await ordersOf(key), 1)
})

test('a client that lost its session too meets the order of that session, and is not told the session', async (t) => {
  const [tea] = await stock(app, 9)
  const ada = buyer(app)
  const key = randomUUID()
  const first = await ada.buy([{ product_id: tea!, quantity: 1 }], 'tok_success', key)
  const again = await checkout(key, bodyOf(tea!))
  t.match(again, { status: 201, body: { id: first.body.id } })
  t.same([sessionOf(again), again.headers['set-cookie']], [undefined, undefined])
  t.equal(await ordersOf(key), 1)
})

test('sessions that two clients named are two purchases, also beside one without a session', async (t) => {
  const [tea] = await stock(app, 9)
  const key = randomUUID()
  const items = [{ product_id: tea!, quantity: 1 }]
  const [one, two] = [
    await buyer(app).buy(items, 'tok_success', key),
    await buyer(app).buy(items, 'tok_success', key)
  ]
  t.same([one.status, two.status], [201, 201])
  t.not(one.body.id, two.body.id)
  t.equal((await checkout(key, bodyOf(tea!))).body.id, one.body.id, 'the older one')
})

test('requests at the same time, with a session and without, are one order', async (t) => {
  const [tea] = await stock(app, 100)
  for (let round = 0; round < 12; round++) {
    const key = randomUUID()
    const own = { 'x-session-id': randomUUID() }
    const answers = await Promise.all(
      [{}, own, {}, own].map((headers, at) =>
        checkout(key, bodyOf(tea!), headers as Record<string, string>, at % 2 ? app : other)
      )
    )
    for (const { status, body } of answers)
      t.ok(status === 201 || body.code === 'checkout_in_progress', `${status} ${body.code}`)
    t.ok(answers.some(({ status }) => status === 201))
    t.equal(await ordersOf(key), 1)
  }
})

t.test('the session of a purchase is a UUID of version 4, of secret, key and body', async (t) => {
  const hash = Buffer.alloc(32, 1)
  const id = idOfPurchase('secret', 'key', hash)
  t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.equal(idOfPurchase('secret', 'key', hash), id)
  t.not(idOfPurchase('other', 'key', hash), id)
  t.not(idOfPurchase('secret', 'kez', hash), id)
  t.not(idOfPurchase('secret', 'key', Buffer.alloc(32, 2)), id)
  t.not(hashOf(id), id)
})
