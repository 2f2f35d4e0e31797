import { randomInt, randomUUID } from 'node:crypto'
import t from 'tap'
import { random } from '../../scripts/seed/random.ts'
import { buyer, pay, stock, unitsOf, type Answer } from '../support/buyer.ts'
import { build, environmentOf } from '../support/build.ts'
import { call } from '../routes/shop.ts'
import { assertConsistent } from '../support/assert-consistent.ts'
import { openShop, type Order, type Told, type Token } from './shop.ts'

/*
 * Random histories, played by the real shop and by shop.ts: both have to answer the same and to have the same stock,
 * carts and orders after every step. `SHOP_SEED=<seed>` plays one of them again.
 */

const seconds = process.env.TEST_LONG ? 30 : 5
const stepsOfALife = 40
const units = 6
const tokens: Token[] = ['tok_success', 'tok_success', 'tok_declined', 'tok_timeout', 'tok_error']

// The payment resolver runs only where a step says so.
const app = await build(t, { RESOLVER_INTERVAL_MS: '60000' }, { redis: true })
const { sql } = environmentOf(app)

t.test('the shop answers as its model does, whatever its buyers do', async (t) => {
  const again = process.env.SHOP_SEED
  const first = again === undefined ? randomInt(2 ** 31) : Number(again)
  const end = performance.now() + (again === undefined ? seconds * 1000 : 0)
  const words = new Map<string, number>()
  let seed = first
  do {
    const difference = await live(seed, words)
    if (difference) {
      t.same(difference.is, difference.wanted, `SHOP_SEED=${seed}: ${difference.way.join(', ')}`)
      return
    }
    seed++
  } while (performance.now() < end)

  const answers = JSON.stringify(Object.fromEntries(words))
  t.comment(`${seed - first} lives from SHOP_SEED=${first}: ${answers}`)
  if (again === undefined)
    t.ok(
      words.get('201') && words.get('202'),
      'some orders were paid, and some had an unknown outcome'
    )

  await sql.query('update payments set check_at = now() where check_at is not null')
  while ((await app.checkout.resolveDue(32)) > 0);
  await assertConsistent(t, app)
})

type Difference = { is: unknown; wanted: unknown; way: string[] }

async function live(seed: number, words: Map<string, number>): Promise<Difference | undefined> {
  const draw = random(seed)
  const below = (n: number) => Math.floor(draw() * n)
  const any = <T>(list: T[]) => list[below(list.length)]!

  const products = await stock(app, units, units)
  const buyers = [buyer(app), buyer(app), buyer(app)]
  const ids = new Map<Order, string>()
  const model = openShop(products, units, buyers.length)
  const way: string[] = []

  for (let step = 0; step < stepsOfALife; step++) {
    const [is, wanted] = await next()
    const states = [await stateOfShop(), stateOfModel()]
    if (JSON.stringify([is, states[0]]) !== JSON.stringify([wanted, states[1]]))
      return { is: [is, states[0]], wanted: [wanted, states[1]], way }
  }
  return undefined

  async function next(): Promise<[Told, Told]> {
    const who = below(buyers.length)
    const self = buyers[who]!
    const order = model.orders.length > 0 ? any(model.orders) : undefined
    // Steps that need an order are drawn only when there is one.
    const kind = below(order ? 100 : 65)
    const product = any(products)

    if (kind < 30) {
      const more = 1 + below(3)
      say(`${who} adds ${more} of ${products.indexOf(product)}`)
      return told(await self.add(product, more), model.add(who, product, more))
    }
    if (kind < 65 || !order) return buys(who)
    if (kind < 74) {
      say(`${order.buyer} repeats order ${model.orders.indexOf(order)}`)
      const again = await buyers[order.buyer]!.checkout(pay(order.token), order.key)
      return told(again, model.repeat(order))
    }
    if (kind < 82) {
      say(`${order.buyer} cancels order ${model.orders.indexOf(order)}`)
      return told(await buyers[order.buyer]!.cancel(ids.get(order)!), model.cancel(order))
    }
    if (kind < 91) {
      say(`the hold of order ${model.orders.indexOf(order)} is over`)
      await expire(ids.get(order)!)
      model.resolve(order)
    } else if (kind < 97) {
      say(`one more of ${products.indexOf(product)}`)
      const body = { delta: 1, reason: 'found' }
      await call(app, `POST /api/v1/admin/inventory/${product}/adjustments`, { key: true, body })
      model.restock(product, 1)
    } else {
      say('Redis is flushed')
      await app.redis.flushall()
      model.flush()
    }
    return [{ status: 0 }, { status: 0 }]
  }

  async function buys(who: number): Promise<[Told, Told]> {
    const token = any(tokens)
    const key = randomUUID()
    say(`${who} buys with ${token}`)
    const before = model.orders.length
    const answer = await buyers[who]!.checkout(pay(token), key)
    // No background task runs because time has passed.
    await sql.query(
      `update payments set check_at = now() + interval '1 hour' where check_at > now()`
    )
    const wanted = model.checkout(who, token, key)
    const placed = model.orders[before]
    if (placed) ids.set(placed, answer.body.order_id ?? answer.body.id)
    return told(answer, wanted)
  }

  async function expire(id: string) {
    await sql.query('update reservations set expires_at = now() where order_id = $1', [id])
    await sql.query(
      'update payments set check_at = now() where order_id = $1 and check_at is not null',
      [id]
    )
    await app.checkout.resolveDue(32)
  }

  async function stateOfShop() {
    const carts = await Promise.all(buyers.map((one) => one.cart()))
    const { rows } = await sql.query<{ id: string; status: string }>(
      'select id, status from orders where id = any ($1)',
      [[...ids.values()]]
    )
    const found = new Map(rows.map(({ id, status }) => [id, status]))
    return {
      stock: await unitsOf(app, ...products),
      carts: carts.map(({ body }) =>
        linesOf(body.items.map(({ product_id, quantity }) => [product_id, quantity]))
      ),
      orders: model.orders.map((order) => found.get(ids.get(order)!))
    }
  }

  function stateOfModel() {
    return {
      stock: products.map((id) => [model.stock.get(id)!.free, model.stock.get(id)!.held]),
      carts: model.carts.map(({ lines }) => linesOf([...lines])),
      orders: model.orders.map(({ status }) => status)
    }
  }

  function linesOf(lines: [string, number][]) {
    return lines.map(([id, n]) => `${n} of ${products.indexOf(id)}`).toSorted()
  }

  function told({ status, body }: Answer, wanted: Told): [Told, Told] {
    const word = wanted.code ?? String(wanted.status)
    words.set(word, 1 + (words.get(word) ?? 0))
    return [status < 400 ? { status } : { status, code: body.code }, wanted]
  }

  function say(step: string) {
    way.push(step)
  }
}
