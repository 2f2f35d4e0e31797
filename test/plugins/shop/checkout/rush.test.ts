import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { buyer, patiently, stock, unitsOf, type Answer } from '../../../support/buyer.ts'
import { build, spawnNode, environmentOf } from '../../../support/build.ts'
import { consistently } from '../../../support/assert-consistent.ts'

// Three nodes: one in this process, two of their own.
const app = await build(t, {}, { redis: true })
const nodes = [app, ...(await Promise.all([0, 1].map(() => spawnNode(t, environmentOf(app)))))]
const test = consistently(t, app)
const rounds = process.env.TEST_LONG ? 20 : 6

const buyers = (count: number) => Array.from({ length: count }, (_, n) => buyer(nodes[n % 3]!))

/** So many were sold, everybody else was told what is left, and nothing stays held. */
async function checkSold(t: Test, product_id: string, answers: Answer[], sold: number) {
  const refused = answers.filter(({ status }) => status !== 201)
  t.equal(answers.length - refused.length, sold, 'sold')
  for (const { status, body } of refused) {
    t.same([status, body.code], [409, 'insufficient_stock'])
    t.match(body.items, [{ product_id, requested: 1, available: 0 }])
  }
  t.same(await unitsOf(app, product_id), [[0, 0]])
}

test('three nodes sell 20 units to 200 buyers at once, and not one more', async (t) => {
  const [tea] = await stock(app, 20)
  const answers = await Promise.all(
    buyers(200).map((ada) => ada.buyPatiently([{ product_id: tea!, quantity: 1 }]))
  )
  await checkSold(t, tea!, answers, 20)
})

test('three nodes sell 20 units to 200 carts at once, and not one more', async (t) => {
  const [tea] = await stock(app, 20)
  const crowd = buyers(200)
  for (const ada of crowd) t.equal((await ada.add(tea!)).status, 200)
  const answers = await Promise.all(
    crowd.map((ada, n) => {
      const key = n % 2 ? randomUUID() : undefined
      return patiently(() => ada.checkout({}, key))
    })
  )
  await checkSold(t, tea!, answers, 20)
})

test('three nodes sell every unit to as many buyers, and refuse none of them', async (t) => {
  for (let round = 0; round < rounds; round++) {
    const [tea] = await stock(app, 20)
    const answers = await Promise.all(
      buyers(20).map((ada) => ada.buyPatiently([{ product_id: tea!, quantity: 1 }]))
    )
    await checkSold(t, tea!, answers, 20)
  }
})

test('three nodes sell carts of many products in any order, without a deadlock', async (t) => {
  const products = await stock(app, 100, 100, 100, 12)
  const lines = products.map((product_id) => ({ product_id, quantity: 1 }))
  const answers = await Promise.all(
    buyers(60).map((ada, n) => {
      const some = n % 3 ? lines : lines.slice(0, 3)
      return ada.buyPatiently(
        n % 2 ? some : some.toReversed(),
        n % 10 ? 'tok_success' : 'tok_declined'
      )
    })
  )
  for (const { status, body } of answers)
    if (![201, 402].includes(status)) t.same([status, body.code], [409, 'insufficient_stock'])
  const sold = answers.filter(({ status, body }) => status === 201 && body.items.length === 4)
  t.ok(sold.length <= 12)
})

test('three nodes sell not one unit more when Redis is flushed in the middle', async (t) => {
  const [tea] = await stock(app, 30)
  const crowd = buyers(150)
  const flushes = setInterval(() => app.redis.flushall().catch(() => {}), 30)
  const answers = await Promise.all(
    crowd.map((ada) => ada.buyPatiently([{ product_id: tea!, quantity: 1 }]))
  )
  clearInterval(flushes)
  await checkSold(t, tea!, answers, 30)
})

test('three nodes charge no buyer twice when each sends the checkout to all of them', async (t) => {
  const [tea] = await stock(app, 15)
  await Promise.all(
    Array.from({ length: 40 }, async (_, n) => {
      const ada = buyer(nodes[n % 3]!)
      const key = randomUUID()
      const items = [{ product_id: tea!, quantity: 1 }]
      const answers = await Promise.all(
        nodes.map((node) => ada.at(node).buyPatiently(items, 'tok_success', key))
      )
      for (const { status } of answers) t.ok([201, 409].includes(status), `${status}`)
      const sold = answers.filter(({ status }) => status === 201)
      t.ok(new Set(sold.map(({ body }) => body.id)).size <= 1)
      t.ok((await ada.orders()).length <= 1)
    })
  )
  t.same(await unitsOf(app, tea!), [[0, 0]])
})
