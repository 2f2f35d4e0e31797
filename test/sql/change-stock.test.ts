import { randomUUID } from 'node:crypto'
import type { Pool } from 'pg'
import t from 'tap'
import { checkLedger } from './ledger.ts'
import { answers, pileUp } from './crowd.ts'
import { line, newOrder, place, shop, stockOf, stockUp } from './support.ts'

t.test('change_stock sets the quantity for sale, whatever is reserved', async (t) => {
  const sql = await shop(t)
  const [product] = await stockUp(sql, [10])
  await place(sql, [newOrder([line(product!, 4)])])
  const answer = await change(sql, product!, 'set', 50)
  t.match(answer, { outcome: 'changed', quantity: 50, reserved_quantity: 4, version: 3, before: 6 })
  t.match(await change(sql, product!, 'set', 50), {
    outcome: 'unchanged',
    quantity: 50,
    version: 3,
    before: 50
  })
  t.same(await stockOf(sql, [product!]), [[50, 4, 3]])
  await checkLedger(t, sql)
})

t.test('change_stock adds and takes away, but never below zero', async (t) => {
  const sql = await shop(t)
  const [product] = await stockUp(sql, [10])
  t.match(await change(sql, product!, 'adjust', 5), {
    outcome: 'changed',
    quantity: 15,
    version: 2,
    before: 10
  })
  t.match(await change(sql, product!, 'adjust', -15), {
    outcome: 'changed',
    quantity: 0,
    version: 3
  })
  t.match(await change(sql, product!, 'adjust', -1), {
    outcome: 'insufficient_stock',
    quantity: 0,
    version: 3
  })
  t.match(await change(sql, product!, 'set', -1), {
    outcome: 'insufficient_stock',
    quantity: 0,
    version: 3
  })
  await checkLedger(t, sql)
})

t.test('change_stock makes an adjustment once, however often it is sent at once', async (t) => {
  const sql = await shop(t, 10)
  const [product] = await stockUp(sql, [10])
  const cause = randomUUID()
  const adjust = () => change(sql, product!, 'adjust', 3, { cause })
  const told = answers(
    await pileUp(sql, [oneProduct, product!], Array<typeof adjust>(8).fill(adjust))
  )
  const outcomes = told.map(({ outcome }) => outcome).toSorted()
  t.same(outcomes, ['changed', ...Array(7).fill('replayed')])
  t.match(await change(sql, product!, 'adjust', 4, { cause }), { outcome: 'reused', quantity: 13 })
  t.match(await change(sql, product!, 'adjust', 3, { cause, reason: 'other' }), {
    outcome: 'reused'
  })
  t.same(await stockOf(sql, [product!]), [[13, 0, 2]])
  await checkLedger(t, sql)
})

t.test('change_stock changes the version that it is told, or nothing', async (t) => {
  const sql = await shop(t)
  const [product] = await stockUp(sql, [10])
  t.match(await change(sql, product!, 'set', 20, { version: 1 }), {
    outcome: 'changed',
    version: 2
  })
  t.match(await change(sql, product!, 'set', 30, { version: 1 }), {
    outcome: 'version_mismatch',
    quantity: 20
  })
  t.match(await change(sql, product!, 'adjust', 1, { version: 3 }), {
    outcome: 'version_mismatch',
    quantity: 20
  })
})

t.test('change_stock answers that it does not know the product', async (t) => {
  const sql = await shop(t)
  t.match(await change(sql, randomUUID(), 'set', 1), { outcome: 'not_found' })
})

t.test('change_stock loses no change beside orders and other changes', async (t) => {
  const sql = await shop(t, 9)
  const [product] = await stockUp(sql, [100])
  const changes = Array.from({ length: 60 }, (_, at) =>
    change(sql, product!, 'adjust', at % 2 ? 3 : -1)
  )
  const batches = Array.from({ length: 20 }, () => place(sql, [newOrder([line(product!)])]))
  await Promise.all([...changes, ...batches])
  t.match(await stockOf(sql, [product!]), [[100 + 30 * 3 - 30 - 20, 20]])
  await checkLedger(t, sql)
})

t.test(
  'change_stock counts from the stock under its lock, not from the stock when it was called',
  async (t) => {
    const sql = await shop(t, 10)
    const [product] = await stockUp(sql, [10])
    const calls = [7, 8, 9, 7, 8, 9].map((units) => () => change(sql, product!, 'set', units))
    const told = answers(await pileUp(sql, [oneProduct, product!], calls))
    for (const [at, { quantity }] of told.entries()) t.equal(quantity, [7, 8, 9][at % 3])
    await checkLedger(t, sql)

    const takeAll = () => change(sql, product!, 'adjust', -7)
    const taken = answers(await pileUp(sql, [oneProduct, product!], [takeAll, takeAll, takeAll]))
    t.same(taken.map(({ outcome }) => outcome).toSorted(), [
      'changed',
      'insufficient_stock',
      'insufficient_stock'
    ])
  }
)

const oneProduct = 'select 1 from inventory where product_id = $1 for update'

type Options = { cause?: string; reason?: string; version?: number }

async function change(
  sql: Pool,
  product: string,
  kind: 'set' | 'adjust',
  units: number,
  { cause = randomUUID(), reason = 'counted', version }: Options = {}
) {
  const { rows } = await sql.query('select * from change_stock($1, $2, $3, $4, $5, $6)', [
    product,
    kind,
    units,
    reason,
    cause,
    version ?? null
  ])
  return rows[0]
}
