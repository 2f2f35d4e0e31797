import { randomUUID } from 'node:crypto'
import t from 'tap'
import { stock } from '../../../support/buyer.ts'
import { build, until, environmentOf } from '../../../support/build.ts'
import { faultProxy } from '../../../support/fault-proxy.ts'

const app = await build(t)
const { env, sql } = environmentOf(app)
const gateOf = (product_id: string) => app.redis.hgetall(`inventory:{${product_id}}`)
const put = (product_id: string, fields: object) =>
  app.redis.hset(`inventory:{${product_id}}`, fields)

t.test('reserve loads products that the gate does not know, and holds their units', async (t) => {
  const [tea, cup] = await stock(app, 5, 3)
  const lines = [
    { product_id: tea!, quantity: 2 },
    { product_id: cup!, quantity: 1 }
  ]
  t.same(await app.reservation.reserve(randomUUID(), lines), { gate: 'held' })
  t.match(await gateOf(tea!), { quantity: '5', version: '1', pending: '2' })
  t.match(await gateOf(cup!), { quantity: '3', version: '1', pending: '1' })
})

t.test('reserve refuses more than PostgreSQL has, and lists every such line', async (t) => {
  const [tea, cup, pot] = await stock(app, 1, 3, 0)
  const lines = [
    { product_id: tea!, quantity: 2 },
    { product_id: cup!, quantity: 1 },
    { product_id: pot!, quantity: 1 }
  ]
  t.same(await app.reservation.reserve(randomUUID(), lines), {
    gate: 'refused',
    shortages: [
      { product_id: tea, requested: 2, available: 1 },
      { product_id: pot, requested: 1, available: 0 }
    ]
  })
  t.equal((await gateOf(cup!)).pending, '0')
})

t.test('reserve does not refuse by an old number', async (t) => {
  const [tea] = await stock(app, 5)
  await app.reservation.available([tea!])
  await put(tea!, { quantity: 0, version: 0, at: Date.now() - 2000 })
  const line = { product_id: tea!, quantity: 1 }
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => app.reservation.reserve(randomUUID(), [line]))
  )
  for (const answer of answers) t.same(answer, { gate: 'held' })
  t.match(await gateOf(tea!), { quantity: '5', version: '1' })
})

t.test(
  'reserve waits for units that other orders hold, then leaves the decision to PostgreSQL',
  async (t) => {
    const [tea] = await stock(app, 1)
    const lines = [{ product_id: tea!, quantity: 1 }]
    const first = randomUUID()
    t.same(await app.reservation.reserve(first, lines), { gate: 'held' })
    t.same(await app.reservation.reserve(first, lines), { gate: 'held' }, 'its own')
    t.same(await app.reservation.reserve(randomUUID(), lines), { gate: 'unknown' })
    t.equal((await gateOf(tea!)).pending, '1')

    const [second] = await Promise.all([
      app.reservation.reserve(randomUUID(), lines),
      app.reservation.settle(lines, first)
    ])
    t.same(second, { gate: 'held' }, 'the units became free')
  }
)

t.test('settle tells the gate the numbers of the primary after a sale', async (t) => {
  const [tea] = await stock(app, 5)
  const lines = [{ product_id: tea!, quantity: 2 }]
  const hold = randomUUID()
  await app.reservation.reserve(hold, lines)
  await sql.query('update inventory set quantity = 3, version = 2 where product_id = $1', [tea])
  await app.reservation.settle(lines, hold)
  t.match(await gateOf(tea!), { quantity: '3', version: '2', pending: '0' })
})

t.test('settle invalidates the listings when a product has sold out or comes back', async (t) => {
  const [tea, cup] = await stock(app, 1, 9)
  const generation = () => app.redis.get('products:generation')
  const change = async (product: string, quantity: number) => {
    const before = await generation()
    await sql.query(
      'update inventory set quantity = $2, version = version + 1 where product_id = $1',
      [product, quantity]
    )
    await app.reservation.settle([{ product_id: product, quantity: 1 }])
    return (await generation()) !== before
  }
  await app.reservation.available([tea!, cup!])
  t.equal(await change(tea!, 0), true, 'sold out')
  t.equal(await change(tea!, 5), true, 'it is back, with more than these units')
  t.equal(await change(cup!, 7), false, 'only fewer')
  await app.redis.unlink(`inventory:{${tea}}`)
  t.equal(
    await change(tea!, 1),
    true,
    'the gate did not know the number, and it is as near to 0 as these units'
  )
})

t.test('reserve leaves a product without an inventory row to PostgreSQL', async (t) => {
  const lines = [{ product_id: randomUUID(), quantity: 1 }]
  t.same(await app.reservation.reserve(randomUUID(), lines), { gate: 'unknown' })
  await t.resolves(app.reservation.settle(lines))
})

t.test(
  'available reads numbers from the gate, and those that the gate does not know from the primary',
  async (t) => {
    const [tea, cup] = await stock(app, 5, 3)
    await app.reservation.available([tea!])
    await put(tea!, { quantity: 4 })
    const unknown = randomUUID()
    t.same(
      await app.reservation.available([tea!, cup!, unknown]),
      new Map([
        [tea, 4],
        [cup, 3]
      ])
    )
    t.match(await gateOf(cup!), { quantity: '3', version: '1' }, 'the gate knows it now')
    await put(tea!, { epoch: '00000000-0000-7000-8000-000000000000' })
    t.same(await app.reservation.available([tea!]), new Map([[tea, 5]]), 'of this epoch')
  }
)

t.test('reserve leaves the decision to PostgreSQL while Redis is unreachable', async (t) => {
  const way = await faultProxy(t, env.REDIS_URL!)
  const cut = await build(t, { REDIS_URL: way.url }, { like: app })
  const [tea] = await stock(app, 5)
  const lines = [{ product_id: tea!, quantity: 9 }]
  for (const cutOff of [way.block, way.close]) {
    cutOff()
    t.same(await cut.reservation.reserve(randomUUID(), lines), { gate: 'unknown' })
  }
  await t.resolves(cut.reservation.settle(lines, randomUUID()))
  t.same(await cut.reservation.available([tea!]), new Map([[tea, 5]]))
  await way.open()
  await until('Redis is back', () => cut.redis.ping())
  t.match(await cut.reservation.reserve(randomUUID(), lines), { gate: 'refused' })
})
