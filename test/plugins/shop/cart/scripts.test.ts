import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { CartChange } from '../../../../plugins/shop/cart/index.ts'
import { build } from '../../../support/build.ts'

const app = await build(t)
const { carts, redis } = app
const week = 7 * 24 * 60 * 60 * 1000

const [mug, vase] = [randomUUID(), randomUUID()]
const lines = async (session: string) =>
  (await carts.read(session))?.lines.map(({ product_id, quantity }) => [product_id, quantity])

type More = Partial<CartChange['lines'][0]> & Pick<Partial<CartChange>, 'mode' | 'once'>

const add = (session: string, quantity: number, { mode = 'add', once, ...more }: More = {}) =>
  carts.change(session, {
    mode,
    once,
    lines: [{ product_id: mug, quantity, available: 5, ...more }]
  })

t.test('change.lua makes a cart with the first line, and keeps its id', async (t) => {
  const session = randomUUID()
  t.equal(await carts.read(session), undefined)
  t.match(await add(session, 1), { outcome: 'ok', cart: { version: 1 } })
  const first = (await carts.read(session))!
  t.match(first, { id: /^[0-9a-f-]{36}$/, version: 1 })
  t.match(await add(session, 2), { outcome: 'ok', cart: { version: 2 } })
  t.match(await carts.read(session), { id: first.id, version: 2 })
  t.same(await lines(session), [[mug, 3]])
})

t.test(
  'change.lua refuses more units than can be sold, and answers how many the cart would have',
  async (t) => {
    const session = randomUUID()
    await add(session, 3)
    t.same(await add(session, 3), { outcome: 'short', lines: [{ at: 0, wanted: 6, available: 5 }] })
    t.same(await add(session, 6, { mode: 'set' }), {
      outcome: 'short',
      lines: [{ at: 0, wanted: 6, available: 5 }]
    })
    t.same(await add(session, 999, { available: 5000 }), {
      outcome: 'too_many_units',
      lines: [{ at: 0 }]
    })
    t.same(await lines(session), [[mug, 3]], 'nothing changed')
  }
)

t.test('change.lua makes no cart when it refuses or removes', async (t) => {
  const session = randomUUID()
  await add(session, 6)
  await add(session, 0, { mode: 'set' })
  t.equal(await carts.read(session), undefined)
})

t.test('change.lua keeps the cart for another week with every change', async (t) => {
  const session = randomUUID()
  const ttl = () => redis.pttl(`cart:hash:${session}`)
  await add(session, 1)
  for (const change of [
    () => add(session, 1),
    () => add(session, 2, { mode: 'set' }),
    () => add(session, 0, { mode: 'set' })
  ]) {
    await redis.pexpire(`cart:hash:${session}`, 1000)
    await change()
    t.ok((await ttl()) > week - 10_000)
  }
})

t.test('clear.lua takes bought lines out once, and leaves the rest under a new id', async (t) => {
  const session = randomUUID()
  await add(session, 3)
  await add(session, 1, { product_id: vase })
  const { id, version } = (await carts.read(session))!
  await add(session, 1)
  const bought = [
    { product_id: mug, quantity: 3 },
    { product_id: vase, quantity: 1 }
  ]
  await carts.clear(session, id, bought)
  const left = (await carts.read(session))!
  t.same(await lines(session), [[mug, 1]], 'what was added meanwhile stays')
  t.not(left.id, id)
  t.ok(left.version > version + 1)
  await carts.clear(session, id, bought)
  t.same(await carts.read(session).then((cart) => cart?.id), left.id)
  t.same(await lines(session), [[mug, 1]])
})

t.test('clear.lua takes no more units than a line has, and none of a dropped cart', async (t) => {
  const session = randomUUID()
  await add(session, 3)
  const { id } = (await carts.read(session))!
  await add(session, 1, { mode: 'set' })
  await carts.clear(session, id, [{ product_id: mug, quantity: 3 }])
  t.same(await lines(session), [])
  await carts.drop(session)
  await carts.clear(session, id, [{ product_id: mug, quantity: 3 }])
  t.equal(await carts.read(session), undefined)
  t.equal(await redis.exists(`cart:hash:${session}`), 0)
})
