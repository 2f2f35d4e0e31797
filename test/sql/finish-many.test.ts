import { randomUUID } from 'node:crypto'
import t from 'tap'
import { checkLedger } from './ledger.ts'
import { type End, finish, line, newOrder, place, shop, stockOf, stockUp } from './support.ts'

t.test('finish_orders finishes many orders of one product in one statement', async (t) => {
  const sql = await shop(t)
  const [one, other] = await stockUp(sql, [100, 100])
  const batch = Array.from({ length: 30 }, () => newOrder([line(one!, 2), line(other!, 1)]))
  await place(sql, batch)
  t.same(await stockOf(sql, [one!, other!]), [
    [40, 60, 2],
    [70, 30, 2]
  ])

  const outcomes = ['succeeded', 'failed', 'given_up'] as const
  const ends: End[] = batch.map(({ id }, at) => ({ order: id, outcome: outcomes[at % 3]! }))
  const unknown: End = { order: randomUUID(), outcome: 'succeeded' }
  const answers = await finish(sql, [...ends.toReversed(), unknown])
  t.equal(answers.filter((answer) => answer === 'confirmed').length, 10)
  t.equal(answers.filter((answer) => answer === 'cancelled').length, 20)
  t.equal(answers.at(-1), 'kept', 'an order that is not there')
  t.same(await stockOf(sql, [one!, other!]), [
    [80, 0, 3],
    [90, 0, 3]
  ])
  await checkLedger(t, sql)
})

t.test(
  'finish_orders writes the first of two contradicting outcomes and answers the other from it',
  async (t) => {
    const sql = await shop(t, 8)
    const [product] = await stockUp(sql, [1_000])
    const batch = Array.from({ length: 60 }, () => newOrder([line(product!)]))
    await place(sql, batch)
    const pairs = new Set<string>()
    for (const { id: order } of batch) {
      const [good, bad] = await Promise.all([
        finish(sql, [{ order, outcome: 'succeeded' }]),
        finish(sql, [{ order, outcome: 'failed' }])
      ])
      pairs.add(`${good} ${bad}`)
    }
    t.ok(
      [...pairs].every((pair) => ['confirmed kept', 'refund cancelled'].includes(pair)),
      [...pairs].join()
    )
    await checkLedger(t, sql)
  }
)

t.test('finish_orders writes an outcome once, however many callers bring it', async (t) => {
  const sql = await shop(t, 8)
  const [product] = await stockUp(sql, [1_000])
  const batch = Array.from({ length: 40 }, () => newOrder([line(product!)]))
  await place(sql, batch)
  const ends: End[] = batch.map(({ id }, at) => ({
    order: id,
    outcome: at % 2 ? 'succeeded' : 'failed'
  }))
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, at) => finish(sql, at % 2 ? ends : ends.toReversed()))
  )
  const written = answers.flat().filter((answer) => answer !== 'kept')
  t.equal(written.length, 40)
  t.same(await stockOf(sql, [product!]), [[980, 0, 3]])
  await checkLedger(t, sql)
})
