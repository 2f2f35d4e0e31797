import { randomUUID } from 'node:crypto'
import t from 'tap'
import { answers, pileUp } from './crowd.ts'
import { line, newOrder, place, shop, stockOf, stockUp } from './support.ts'

t.test('of two requests of a purchase place_orders places one, although both wait', async (t) => {
  const sql = await shop(t, 4)
  const [product] = await stockUp(sql, [10])
  const purchase = randomUUID()
  const key = randomUUID()
  // One names no session, so that its session is made of the purchase; the other one names its own.
  const requests = [purchase, randomUUID()].map((session) =>
    newOrder([line(product!)], { session, key, cart: null, purchase })
  )
  const held = 'select from inventory where product_id = $1 for update'
  const outcomes = answers(
    await pileUp(
      sql,
      [held, product!],
      requests.map((request) => () => place(sql, [request]))
    )
  )
  t.same(
    outcomes
      .flat()
      .map(({ outcome }) => outcome)
      .toSorted(),
    ['exists', 'placed']
  )
  t.same(await stockOf(sql, [product!]), [[9, 1, 2]])
})
