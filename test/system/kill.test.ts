import { randomUUID } from 'node:crypto'
import t from 'tap'
import { buyer, pay, stock, type Answer } from '../support/buyer.ts'
import { build, spawnNode, until, environmentOf } from '../support/build.ts'
import { assertConsistent } from '../support/assert-consistent.ts'

const hasty = {
  PAYMENT_TIMEOUT_MS: '1000',
  PAYMENT_LEASE_MS: '1500',
  PROVIDER_LATENCY_MS: '60',
  PROVIDER_DUPLICATES: '0.3',
  RESOLVER_INTERVAL_MS: '100'
}
const tokens = ['tok_success', 'tok_success', 'tok_timeout', 'tok_declined', 'tok_error']

t.test('no order stays half done when nodes are killed in the middle of checkouts', async (t) => {
  const app = await build(t, hasty)
  const { sql } = environmentOf(app)
  const mortals = await Promise.all([0, 1].map(() => spawnNode(t, environmentOf(app), hasty)))
  const [tea, cup] = await stock(app, 60, 200)
  const items = [
    { product_id: cup!, quantity: 1 },
    { product_id: tea!, quantity: 1 }
  ]

  const orders = async () => (await sql.query('select count(*)::int from orders')).rows[0].count
  const crowd = Array.from({ length: 120 }, (_, n) => {
    const at = mortals[n % 2]!
    return { at, ada: buyer(app), key: randomUUID(), token: tokens[n % 5]!, withCart: n % 4 === 0 }
  })
  for (const { ada, withCart } of crowd) if (withCart) await ada.add(cup!)
  const rush = Promise.all(
    crowd.map(({ at, ada, key, token, withCart }) =>
      insist((again) => {
        const who = again ? ada : ada.at(at)
        return withCart ? who.checkout(pay(token), key) : who.buy(items, token, key)
      })
    )
  )
  for (const [n, node] of mortals.entries()) {
    await until('some orders', async () => (await orders()) > 10 + 25 * n)
    await node.kill()
  }
  const answers = await rush
  for (const { status, body } of answers)
    if (![201, 202, 402].includes(status)) t.same([status, body.code], [409, 'insufficient_stock'])

  await assertConsistent(t, app)
  for (const [n, { ada, key, token, withCart }] of crowd.entries()) {
    const mine = await ada.orders()
    t.ok(mine.length <= 1, 'one order a key')
    if (mine.length === 0) continue
    const again = await (withCart ? ada.checkout(pay(token), key) : ada.buy(items, token, key))
    t.equal(again.body.order_id ?? again.body.id, mine[0]!.id, 'and it is remembered')
    const { status } = mine[0]!
    t.equal(again.status, status === 'confirmed' ? 201 : 402)
    if (answers[n]!.status === 201) t.equal(status, 'confirmed', 'what was told is true')
  }
})

t.test(
  'no order and no cent is lost when connections to PostgreSQL are cut in the middle of checkouts',
  async (t) => {
    const app = await build(t, hasty)
    const { sql } = environmentOf(app)
    const [tea] = await stock(app, 50)
    const items = [{ product_id: tea!, quantity: 1 }]
    const crowd = Array.from({ length: 80 }, (_, n) => ({
      ada: buyer(app),
      key: randomUUID(),
      token: tokens[n % 5]!
    }))

    const cut = setInterval(() => {
      sql
        .query(
          `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like 'holdfast:%' and random() < 0.3`
        )
        .catch(() => {})
    }, 25)
    const answers = await Promise.all(
      crowd.map(({ ada, key, token }) => insist(() => ada.buy(items, token, key)))
    ).finally(() => clearInterval(cut))
    for (const { status, body } of answers)
      if (![201, 202, 402].includes(status))
        t.same([status, body.code], [409, 'insufficient_stock'])

    await assertConsistent(t, app)
    for (const [n, { ada }] of crowd.entries()) {
      const mine = await ada.orders()
      t.ok(mine.length <= 1, 'one order a key')
      if (answers[n]!.status === 201) t.match(mine, [{ status: 'confirmed' }])
    }
  }
)

/** A client that does not give up: what was lost is asked for again, with the same key, elsewhere if it can. */
const insist = (ask: (again: boolean) => Promise<Answer>) =>
  until('an answer', async () => {
    const answer = await ask(false).catch(() => ask(true))
    const { code } = answer.body
    return code !== 'checkout_in_progress' && code !== 'overloaded' && answer
  })
