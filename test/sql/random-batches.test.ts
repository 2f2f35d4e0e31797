import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import t from 'tap'
import { random } from '../../scripts/seed/random.ts'
import { checkLedger } from './ledger.ts'
import {
  cancel,
  type End,
  finish,
  line,
  newOrder,
  type NewOrder,
  place,
  shop,
  stockOf,
  stockUp,
  total
} from './support.ts'
import { twin } from './twin.ts'

t.test(
  'place_orders decides hundreds of random batches as its twin in TypeScript does',
  async (t) => {
    const sql = await shop(t)
    const draw = random(7)
    const upTo = (most: number) => Math.floor(draw() * most)
    const products = await stockUp(
      sql,
      Array.from({ length: 8 }, () => 0)
    )
    const shadow = twin()
    for (const product of products) {
      shadow.stock.set(product, { quantity: 0, reserved: 0, version: 1, price: 100, active: true })
    }
    const buyers = Array.from({ length: 30 }, () => ({
      session: randomUUID(),
      cart: randomUUID(),
      key: randomUUID()
    }))
    const seen = new Map<string, number>()

    for (let round = 0; round < 300; round++) {
      for (const product of products) if (draw() < 0.3) await restock(product, upTo(12))
      if (draw() < 0.2) await change(products[upTo(8)]!, 100 + upTo(2), draw() < 0.8)

      const batch = newBatch()
      const answers = await place(sql, batch)
      t.same(answers, shadow.place(batch), `batch ${round}`)
      for (const { outcome } of answers) seen.set(outcome, (seen.get(outcome) ?? 0) + 1)

      const ends = someEnds()
      t.same(await finish(sql, ends), shadow.finish(ends))
      const some = [...shadow.placed.keys()].at(-1 - upTo(5))
      if (some && draw() < 0.3) t.equal(await cancel(sql, some), shadow.cancel(some))
      t.same(
        await stockOf(sql, products),
        products.map((product) => {
          const { quantity, reserved, version } = shadow.stock.get(product)!
          return [quantity, reserved, version]
        })
      )
    }

    t.same(await orders(sql), shadowOrders())
    await checkLedger(t, sql)
    for (const outcome of ['placed', 'refused', 'exists', 'changed', 'late']) {
      t.ok(seen.get(outcome)! > 20, `${outcome}: ${seen.get(outcome)}`)
    }

    /** Up to twelve orders; some of buyers who come again with their cart or their key, some late, some with an old price. */
    function newBatch(): NewOrder[] {
      const here = new Set<string>()
      return Array.from({ length: 1 + upTo(12) }, () => {
        const wanted = products.filter(() => draw() < 0.35)
        const lines = (wanted.length > 0 ? wanted : [products[0]!]).map((product) =>
          line(product, 1 + upTo(4), draw() < 0.97 ? shadow.stock.get(product)!.price : 99)
        )
        const order = newOrder(lines.toSorted(() => draw() - 0.5))
        if (draw() < 0.05) order.begun = new Date(Date.now() - 11_000)
        if (draw() < 0.1) order.cart = null
        const { session, cart, key } = buyers[upTo(buyers.length)]!
        if (draw() < 0.3 && !here.has(session)) {
          here.add(session)
          Object.assign(order, { session }, draw() < 0.7 ? { cart } : { key })
        }
        return order
      })
    }

    function someEnds(): End[] {
      const outcomes = ['succeeded', 'succeeded', 'failed', 'given_up'] as const
      return [...shadow.placed.keys()]
        .slice(-40)
        .filter(() => draw() < 0.3)
        .map((order) => {
          const outcome = outcomes[upTo(4)]!
          return {
            order,
            outcome,
            ...(outcome === 'failed' && draw() < 0.3 && { reason: 'expired' as const })
          }
        })
    }

    async function restock(product: string, units: number) {
      const sold = shadow.stock.get(product)!
      if (sold.quantity === units) return
      await sql.query('select change_stock($1, $2, $3, $4, $5, null)', [
        product,
        'set',
        units,
        'counted',
        randomUUID()
      ])
      sold.quantity = units
      sold.version++
    }

    async function change(product: string, price: number, active: boolean) {
      const status = active ? 'active' : 'archived'
      await sql.query('update products set price = $2, status = $3 where id = $1', [
        product,
        price,
        status
      ])
      Object.assign(shadow.stock.get(product)!, { price, active })
    }

    function shadowOrders() {
      return [...shadow.placed.values()]
        .map(({ order, state: { captured, ...state } }) => ({
          id: order.id,
          ...state,
          captured: captured ? total(order) : 0,
          amount: total(order),
          total: total(order)
        }))
        .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    }
  }
)

async function orders(sql: Pool) {
  const { rows } = await sql.query(
    `select o.id, o.status, p.status as payment, r.status as hold, o.version, p.captured, p.amount, o.total,
       (select count(*) from refunds where payment_id = p.id) as refunds
     from orders o join payments p on p.order_id = o.id join reservations r on r.order_id = o.id
     order by o.id`
  )
  return rows
}
