import { randomUUID } from 'node:crypto'
import t from 'tap'
import { consistently } from '../../../support/assert-consistent.ts'
import { build } from '../../../support/build.ts'
import { buyer, stock, type CheckoutBody } from '../../../support/buyer.ts'

const app = await build(t)
const test = consistently(t, app)

const [tea] = await stock(app, 500)
const items = [{ product_id: tea!, quantity: 1 }]

const checkout = (body: object) =>
  buyer(app).checkout({ items, ...body } as CheckoutBody, randomUUID())

test('a checkout takes every mailbox, and keeps it as it was sent', async (t) => {
  for (const email of [
    '"foo."@example.com',
    '"foo..bar"@Example.com',
    'jörg@example.com',
    'info@müller.example',
    '用户@例子.公司',
    `${'a'.repeat(64)}@example.com`
  ]) {
    const answer = await checkout({ email })
    t.equal(answer.status, 201, email)
    t.equal(answer.body.email, email)
  }
  for (const email of [
    'a@b@c',
    'a b@example.com',
    'ada',
    'foo.@example.com',
    'ada@example',
    null
  ]) {
    const { status, body } = await checkout({ email })
    t.same([status, body.code], [400, 'validation_failed'], `${email}`)
  }
  t.equal((await checkout({ email: `${'a'.repeat(65)}@example.com` })).status, 400)
})

test('a checkout takes the countries of ISO 3166-1 and no other', async (t) => {
  for (const country of ['DE', 'GB', 'SS'])
    t.equal((await checkout({ shipping_address: { country } })).status, 201, country)
  for (const country of ['UK', 'XX', 'ZZ', 'de', 'DEU', '', 'EU']) {
    const { status, body } = await checkout({ shipping_address: { country } })
    t.same([status, body.code], [400, 'validation_failed'], country)
  }
})

test('a checkout takes null for what may be absent, and an order can be sent back as it is', async (t) => {
  const empty = await checkout({
    shipping_address: null,
    payment: null,
    expected_total: null
  })
  t.match(empty, { status: 201, body: { shipping_address: null } })
  const shipping_address = {
    name: 'Ada',
    line1: null,
    line2: null,
    city: 'Ulm',
    region: null,
    postal_code: null,
    country: null
  }
  const { status, body } = await checkout({ shipping_address, payment: { token: null } })
  t.equal(status, 201)
  t.same(body.shipping_address, { name: 'Ada', city: 'Ulm' })
  t.equal((await checkout({ shipping_address: body.shipping_address })).status, 201)

  const ada = buyer(app)
  await ada.add(tea!)
  t.equal((await ada.checkout({ items: null } as unknown as CheckoutBody)).status, 201, 'the cart')
  t.equal((await checkout({ items: [] })).status, 400)
})
