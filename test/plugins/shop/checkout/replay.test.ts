import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { buyer, pay, stock, unitsOf, type Answer } from '../../../support/buyer.ts'
import { build } from '../../../support/build.ts'
import { consistently } from '../../../support/assert-consistent.ts'

const app = await build(t)
const other = await build(t, {}, { like: app })
const test = consistently(t, app)

const replayed = (answer: Answer) => answer.headers['idempotency-replayed'] === 'true'

for (const [token, status] of [
  ['tok_success', 201],
  ['tok_timeout', 202],
  ['tok_declined', 402]
] as const) {
  test(`a repeat of a key is answered with the ${status} of its order`, async (t) => {
    const [tea] = await stock(app, 5)
    const ada = buyer(app)
    await ada.add(tea!, 2)
    const key = randomUUID()
    const first = await ada.checkout(pay(token), key)
    t.equal(first.status, status)
    t.notOk(replayed(first))

    for (const node of [app, other]) {
      const again = await ada.at(node).checkout(pay(token), key)
      t.equal(again.status, status)
      t.ok(replayed(again))
      t.equal(again.headers.location, first.headers.location)
      t.same(again.body, first.body)
    }
    t.equal((await ada.orders()).length, 1)
  })
}

test('a repeat is answered from the order as it is now', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  const items = [{ product_id: tea!, quantity: 1 }]
  const key = randomUUID()
  const first = await ada.buy(items, 'tok_success', key)
  await ada.cancel(first.body.id)
  const again = await ada.buy(items, 'tok_success', key)
  t.equal(again.status, 201, 'it was paid before it was cancelled')
  t.equal(again.body.status, 'cancelled')
})

test('a key with another body is refused', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  const items = [{ product_id: tea!, quantity: 1 }]
  const key = randomUUID()
  await ada.buy(items, 'tok_success', key)
  for (const again of [
    await ada.buy(items, 'tok_declined', key),
    await ada.buy([{ product_id: tea!, quantity: 2 }], 'tok_success', key),
    await ada.checkout({ items, email: 'grace@example.com' }, key)
  ]) {
    t.equal(again.status, 422)
    t.equal(again.body.code, 'idempotency_key_reused')
  }
  t.same(await unitsOf(app, tea!), [[4, 0]])
})

test('a repeat may have the members of its body in another order', async (t) => {
  const [tea] = await stock(app, 5)
  const ada = buyer(app)
  const items = [{ product_id: tea!, quantity: 1 }]
  const key = randomUUID()
  const first = await ada.checkout({ items, ...pay('tok_success') }, key)
  const again = await ada.checkout(
    { ...pay('tok_success'), items: [{ quantity: 1, product_id: tea! }] },
    key
  )
  t.equal(again.body.id, first.body.id)
})

test('one key in two sessions is two orders', async (t) => {
  const [tea] = await stock(app, 5)
  const items = [{ product_id: tea!, quantity: 1 }]
  const key = randomUUID()
  const [one, two] = await Promise.all([
    buyer(app).buy(items, 'tok_success', key),
    buyer(app).buy(items, 'tok_success', key)
  ])
  t.same([one.status, two.status], [201, 201])
  t.not(one.body.id, two.body.id)
})

test('a key has 16 to 255 printable characters', async (t) => {
  const [tea] = await stock(app, 5)
  const items = [{ product_id: tea!, quantity: 1 }]
  for (const key of [
    '',
    'k'.repeat(15),
    'k'.repeat(256),
    `key\twith a tab in it`,
    'ключ'.repeat(8)
  ]) {
    const answer = await buyer(app).buy(items, 'tok_success', key)
    t.equal(answer.status, 400, JSON.stringify(key))
    t.equal(answer.body.code, 'validation_failed')
  }
  for (const key of ['k'.repeat(16), 'k'.repeat(255), "it's ~ 16 chars!"])
    t.equal((await buyer(app).buy(items, 'tok_success', key)).status, 201)
})

test('a key of a refused checkout can be used again', async (t) => {
  const [tea] = await stock(app, 1)
  const ada = buyer(app)
  const key = randomUUID()
  const refused = await ada.buy([{ product_id: tea!, quantity: 2 }], 'tok_success', key)
  t.equal(refused.body.code, 'insufficient_stock')
  t.equal((await ada.checkout({}, key)).body.code, 'cart_empty')
  t.equal((await ada.buy([{ product_id: tea!, quantity: 1 }], 'tok_success', key)).status, 201)
})

/** One answer is a new order. The others are the same order or checkout_in_progress, and never "sold out". */
function checkOne(t: Test, answers: Answer[]) {
  const bought = answers.filter(({ status }) => status === 201)
  t.ok(bought.length >= 1)
  t.equal(new Set(bought.map(({ body }) => body.id)).size, 1, 'one order')
  t.equal(bought.filter((answer) => !replayed(answer)).length, 1, 'bought once')
  const rest = answers.filter(({ status }) => status !== 201)
  for (const { status, body, headers } of rest) {
    t.same([status, body.code], [409, 'checkout_in_progress'])
    t.match(headers['retry-after'], /^[1-9]\d*$/)
  }
}

for (const left of [1, 30]) {
  test(`twenty requests with one key at two nodes buy items once, ${left} in stock`, async (t) => {
    const nodes = [app, other]
    for (let round = 0; round < 4; round++) {
      const [tea] = await stock(app, left)
      const ada = buyer(app)
      const items = [{ product_id: tea!, quantity: 1 }]
      const key = randomUUID()
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) => ada.at(nodes[n % 2]!).buy(items, 'tok_success', key))
      )
      checkOne(t, answers)
      t.equal((await ada.buy(items, 'tok_success', key)).status, 201, 'and later')
      t.same(await unitsOf(app, tea!), [[left - 1, 0]])
    }
  })

  test(`twenty requests with one key at two nodes buy a cart once, ${left} in stock`, async (t) => {
    const nodes = [app, other]
    for (let round = 0; round < 4; round++) {
      const [tea] = await stock(app, left)
      const ada = buyer(app)
      await ada.add(tea!)
      const key = randomUUID()
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) => ada.at(nodes[n % 2]!).checkout({}, key))
      )
      checkOne(t, answers)
      t.equal((await ada.checkout({}, key)).status, 201, 'and later')
      t.same(await unitsOf(app, tea!), [[left - 1, 0]])
    }
  })
}
