import { createHash, randomUUID } from 'node:crypto'
import t from 'tap'
import { requestHash } from '../../../../plugins/shop/checkout/request-hash.ts'
import { canonicalJson } from '../../../../plugins/lib/canonical.ts'
import { consistently } from '../../../support/assert-consistent.ts'
import { build, environmentOf } from '../../../support/build.ts'
import { buyer, stock, unitsOf, type CheckoutBody, type Item } from '../../../support/buyer.ts'

const app = await build(t)
const { sql } = environmentOf(app)
const test = consistently(t, app)

const one = (product_id: string, quantity = 1): Item => ({ product_id, quantity })

const ids = (order: { items: { product_id: string }[] }) =>
  order.items.map(({ product_id }) => product_id)

test('an order keeps the order in which its buyer named the products', async (t) => {
  const [a, b, c] = (await stock(app, 9, 9, 9)) as [string, string, string]
  const wanted = [b, c, a]
  const ada = buyer(app)
  for (const id of wanted) await ada.add(id)
  const key = randomUUID()
  const cart = await ada.checkout({}, key)
  t.equal(cart.status, 201)
  const replay = await ada.checkout({}, key)
  const read = await ada.order(cart.body.id)
  const listed = (await ada.orders())[0]!
  for (const order of [cart.body, replay.body, read.body, listed]) t.same(ids(order), wanted)

  const items = [one(c), one(a, 2), one(c.toUpperCase()), one(b)]
  const { body } = await ada.buy(items)
  t.same(
    body.items.map(({ product_id, quantity }) => [product_id, quantity]),
    [
      [c, 2],
      [a, 2],
      [b, 1]
    ],
    'a product is summed at the place of the first'
  )
  const short = await ada.buy([one(c, 99), one(a, 99)])
  t.same(ids(short.body), [c, a], 'what is short is named in this order too')
})

test('a repeat may write the same purchase in another way', async (t) => {
  const [a, b] = (await stock(app, 50, 50)) as [string, string]
  const items = [one(b, 2), one(a)]
  const email = '"Ada L."@example.com'
  const written: object[] = [
    { email, items },
    { email, items, payment: {} },
    { email, items, payment: null },
    { email, items, payment: { token: null } },
    { email, items, payment: { token: 'tok_success' } },
    { items, email, shipping_address: null, expected_total: null },
    { email, items, shipping_address: {} },
    { email, items, shipping_address: { line2: null, region: null } },
    { email: `  ${email} `, items },
    { email, items: items.toReversed() },
    { email, items: [one(b), one(a.toUpperCase()), one(b.toUpperCase())] }
  ]
  const ada = buyer(app)
  const key = randomUUID()
  for (const [at, body] of written.entries()) {
    const answer = await ada.checkout(body as CheckoutBody, key)
    t.equal(answer.status, 201, JSON.stringify(body))
    t.equal(answer.headers['idempotency-replayed'], at === 0 ? undefined : 'true')
    t.equal(answer.body.email, email, 'stored as it was sent')
  }
  t.equal((await ada.orders()).length, 1)
  t.same(await unitsOf(app, a, b), [
    [49, 0],
    [48, 0]
  ])

  for (const other of [
    { email, items: [one(b, 3)] },
    { email, items, payment: { token: 'tok_slow' } },
    { email: email.toLowerCase(), items },
    { email, items, shipping_address: { city: 'Ulm' } },
    { email, items, expected_total: { amount: 300, currency: 'USD' } }
  ])
    t.match(await ada.checkout(other, key), {
      status: 422,
      body: { code: 'idempotency_key_reused' }
    })
})

test('a second submit of a cart may write its body in another way', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  await ada.add(tea!)
  const first = await ada.checkout({ payment: { token: 'tok_success' } })
  const again = await ada.checkout({})
  t.same([again.status, again.body.id], [201, first.body.id])
})

/** The hash that version 0.1.0 made of a body. */
const formerHash = (body: object) => createHash('sha256').update(canonicalJson(body)).digest()

test('a repeat finds an order that version 0.1.0 has placed, for a day', async (t) => {
  const [tea] = await stock(app, 9)
  for (const [sent, hashed] of [
    [{}, {}],
    [{ payment: {} }, { payment: { token: 'tok_success' } }],
    [{ payment: { token: 'tok_success' } }, { payment: { token: 'tok_success' } }],
    [{ shipping_address: { name: ' Ada ' } }, { shipping_address: { name: ' Ada ' } }]
  ] as [object, object][]) {
    const ada = buyer(app)
    const key = randomUUID()
    const body = { items: [one(tea!.toUpperCase())], ...sent }
    const { body: order } = await ada.checkout(body, key)
    const hash = formerHash({ email: 'ada@example.com', items: body.items, ...hashed })
    await sql.query('update orders set request_hash = $2 where id = $1', [order.id, hash])
    t.match(await ada.checkout(body, key), { status: 201, body: { id: order.id } })
    t.equal((await ada.checkout({ items: [one(tea!, 2)] }, key)).status, 422)

    const yesterday = `update orders set created_at = created_at - interval '25 h' where id = $1`
    await sql.query(yesterday, [order.id])
    t.equal((await ada.checkout(body, key)).status, 422, 'nodes of both versions run for hours')
  }
})

t.test('the hash of a purchase does not depend on how its body is written', async (t) => {
  const email = 'ada@example.com'
  const [a, b] = [randomUUID(), randomUUID()]
  const hash = requestHash({ email, items: [one(a, 2), one(b)] })
  t.same(requestHash({ items: [one(b), one(a), one(a.toUpperCase())], email }), hash)
  t.notSame(requestHash({ email, items: [one(a), one(b)] }), hash)
  t.notSame(requestHash({ email }), requestHash({ email, items: [] }))
})
