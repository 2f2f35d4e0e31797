import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pool } from 'pg'
import t from 'tap'
import { random } from '../../scripts/seed/random.ts'
import { checkLedger } from './ledger.ts'
import { finishRefund } from './refunds.ts'
import {
  cancel,
  type End,
  finish,
  line,
  newOrder,
  place,
  shop,
  stockOf,
  stockUp
} from './support.ts'

const seed = Number(process.env['STORM_SEED'] ?? 1)
const duration_ms = Number(process.env['STORM_MS'] ?? 4_000)

t.test(
  `everything at once over nine connections leaves the stock and the money consistent (STORM_SEED=${seed})`,
  async (t) => {
    const sql = await shop(t, 9)
    const products = await stockUp(
      sql,
      Array.from({ length: 8 }, () => 300)
    )
    const storm = newStorm(sql, products)
    const until = Date.now() + duration_ms

    const { placeSome, finishSome, contradict, cancelOne, resolve } = storm
    const jobs = [
      placeSome,
      placeSome,
      placeSome,
      finishSome,
      finishSome,
      contradict,
      cancelOne,
      resolve,
      resolve
    ]
    await Promise.all(
      jobs.map(async (job) => {
        while (Date.now() < until) await job().catch((err: Error) => storm.errors.push(err))
      })
    )
    t.same(storm.errors, [], 'no deadlock and no error')
    await checkLedger(t, sql)

    for (let left = 1, rounds = 0; left > 0 && rounds < 200; rounds++) {
      await sql.query('update payments set check_at = clock_timestamp() where check_at is not null')
      await resolve()
      left = (await sql.query('select from payments where check_at is not null')).rowCount!
    }
    t.same(await unsettledOrders(sql), [], 'every order is terminal, with its money where it is')
    t.same(await storm.disagreements(), [], 'the provider says the same')
    await checkLedger(t, sql)

    const sold = await sql.query(
      'select coalesce(sum(quantity), 0)::int as units from order_items join orders on id = order_id where status = $1',
      ['confirmed']
    )
    const stock = await stockOf(sql, products)
    t.equal(
      stock.reduce((sum, [quantity]) => sum + quantity!, 0) + sold.rows[0].units,
      8 * 300 + storm.received(),
      'stock is exact'
    )
    t.ok(
      stock.every(([, reserved]) => reserved === 0),
      'nothing is held'
    )
    t.comment(JSON.stringify(Object.fromEntries(storm.seen)))
    const every = 'placed refused exists confirmed cancelled kept refund closed refunded'
    const answers = new Set([...storm.seen.keys()].map((answer) => answer.replace(/.* /, '')))
    t.same(answers, new Set(every.split(' ')), 'every answer was given')
  }
)

/** The jobs that run side by side, each on a connection of its own, over orders that they all know. */
function newStorm(sql: Pool, products: string[]) {
  const draw = random(seed)
  const upTo = (most: number) => Math.floor(draw() * most)
  const pick = <T>(some: T[]) => some[upTo(some.length)]
  const seen = new Map<string, number>()
  const note = (answer: string) => seen.set(answer, (seen.get(answer) ?? 0) + 1)
  const buyers = Array.from({ length: 40 }, () => ({ session: randomUUID(), cart: randomUUID() }))
  const errors: Error[] = []
  const all: string[] = []
  const unfinished: string[] = []
  const recent = () => pick(all.slice(-60))
  let received = 0

  // The provider: the first word on a payment is the last.
  const decisions = new Map<string, 'succeeded' | 'failed'>()
  const decide = (order: string, word: 'succeeded' | 'failed') => {
    if (!decisions.has(order)) decisions.set(order, word)
    return decisions.get(order)!
  }
  const charge = (order: string) => decide(order, draw() < 0.7 ? 'succeeded' : 'failed')
  const close = (order: string) => decide(order, 'failed')

  async function placeSome() {
    const here = new Set<string>()
    const batch = Array.from({ length: 1 + upTo(24) }, () => {
      const wanted = products.filter(() => draw() < 0.4).toSorted(() => draw() - 0.5)
      const lines = wanted.map((product) => line(product, 1 + upTo(2)))
      const buyer = pick(buyers)!
      if (draw() > 0.4 || here.has(buyer.session)) return newOrder(lines)
      here.add(buyer.session)
      return newOrder(lines, buyer)
    }).filter(({ lines }) => lines.length > 0)
    for (const [at, { outcome }] of (await place(sql, batch)).entries()) {
      note(outcome)
      if (outcome === 'placed') for (const list of [all, unfinished]) list.push(batch[at]!.id)
    }
    // Now and then a session has filled a new cart.
    pick(buyers)!.cart = randomUUID()
  }

  async function finishSome() {
    const some = unfinished.splice(0, 1 + upTo(32))
    await sleep(draw() * 20)
    const ends: End[] = some.map((order) => ({ order, outcome: charge(order) }))
    for (const answer of await finish(sql, ends)) note(answer)
  }

  /** Repeats, and news that contradict what another connection is just writing. */
  async function contradict() {
    const some = new Set(
      Array.from({ length: 8 }, () => pick(all)).filter((id) => id !== undefined)
    )
    const ends: End[] = [...some].map((order) => {
      if (draw() < 0.15) return { order, outcome: 'given_up' }
      return { order, outcome: draw() < 0.5 ? close(order) : charge(order), reason: 'expired' }
    })
    for (const answer of await finish(sql, ends)) note(`again ${answer}`)
    await sleep(4)
  }

  /** A buyer thinks better of it, and the shop gets more to sell. */
  async function cancelOne() {
    const order = recent()
    if (order) note(`cancel ${await cancel(sql, order)}`)
    const units = upTo(30)
    const cause = randomUUID()
    await sql.query("select change_stock($1, 'adjust', $2, 'delivery', $3, null)", [
      pick(products),
      units,
      cause
    ])
    received += units
  }

  async function resolve() {
    // The lease of a request that may be alive runs out.
    await sql.query(
      "update payments set check_at = clock_timestamp() where order_id = $1 and status in ('processing', 'unknown')",
      [recent()]
    )
    const { rows } = await sql.query('select * from claim_payments(20)')
    for (const { payment_id, status } of rows) {
      if (status !== 'refund_pending') continue
      const refunds = await sql.query(
        "select id from refunds where payment_id = $1 and status = 'pending'",
        [payment_id]
      )
      for (const { id } of refunds.rows) if (await finishRefund(sql, id)) note('refunded')
    }
    const open = rows.filter(({ status }) => status !== 'refund_pending')
    const ends: End[] = open.map(({ order_id: order }) => ({
      order,
      outcome: close(order),
      reason: 'payment_failed'
    }))
    for (const answer of await finish(sql, ends)) note(`resolved ${answer}`)
    await sleep(5)
  }

  /** Orders whose payment says otherwise than the provider. */
  async function disagreements() {
    const { rows } = await sql.query('select order_id, captured > 0 as charged from payments')
    return rows.filter(
      ({ order_id, charged }) => charged !== (decisions.get(order_id) === 'succeeded')
    )
  }

  return {
    errors,
    seen,
    received: () => received,
    placeSome,
    finishSome,
    contradict,
    cancelOne,
    resolve,
    disagreements
  }
}

/** Orders that are not terminal, or whose money is wrong: a confirmed order has its total, a cancelled one nothing. */
async function unsettledOrders(sql: Pool) {
  const { rows } = await sql.query(
    `select o.id, o.status, p.status as payment, p.captured, p.refunded from orders o join payments p on p.order_id = o.id
     where o.status = 'pending' or p.status in ('processing', 'unknown', 'refund_pending')
       or p.captured - p.refunded <> case when o.status = 'confirmed' then o.total else 0 end`
  )
  return rows
}
