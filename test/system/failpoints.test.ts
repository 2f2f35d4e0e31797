import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { points, type Failpoint } from '../../plugins/shop/checkout/failpoints.ts'
import { pay, unitsOf, type Answer } from '../support/buyer.ts'
import { build, spawnNode, until, environmentOf } from '../support/build.ts'
import { assertConsistent } from '../support/assert-consistent.ts'
import { flows, isLong, newPurchase, type Flow, type Purchase, type Way } from './flows.ts'
import { watch } from './footprints.ts'
import {
  allDue,
  chargedAt,
  checkGate,
  comeOfAge,
  endAll,
  insist,
  neverDue,
  ordersIn,
  type OrderRow
} from './time-travel.ts'

// Every way through the order workflow, and a process that dies after every step of it.
const asleep = { RESOLVER_INTERVAL_MS: '60000' }
const hasty = { RESOLVER_INTERVAL_MS: '25' }

/** Which ways of a flow come by a point. */
const passing = new Map<Flow, Map<Failpoint, Way[]>>()

await t.test(
  'the order workflow has a failpoint after every durable step, and some flow reaches each failpoint',
  async (t) => {
    const app = await build(t, asleep)
    for (const flow of flows) {
      const node = await build(t, { ...asleep, ...flow.env }, { like: app })
      const walk = watch(t, node)
      const ways = new Map<Failpoint, Way[]>()
      for (const way of flow.ways) {
        const purchase = await newPurchase(way, app)
        await flow.prepare?.(purchase, app)
        if (flow.silent) await comeOfAge(app)
        const footprints = await walk(async () => {
          if (flow.ask) return flow.ask(purchase, node)
          // An unknown outcome, then the refund that followed from it.
          for (let round = 0; round < 2; round++) {
            await allDue(app)
            await node.checkout.resolveDue(32)
          }
        })
        t.same(footprints.silent, [], `${flow.name}, ${way.token}, ${way.basket}`)
        for (const point of footprints.points) ways.set(point, [...(ways.get(point) ?? []), way])
        await endAll(app)
      }
      passing.set(flow, ways)
    }
    const passed = new Set([...passing.values()].flatMap((ways) => [...ways.keys()]))
    t.same([...passed].toSorted(), points.toSorted(), 'no point is out of the way')
  }
)

/** What dies where: each point in the first flow that passes it, or in all of them. */
function* deaths() {
  const seen = new Set<Failpoint>()
  for (const [flow, ways] of passing)
    for (const [point, passers] of ways) {
      if (isLong || !seen.has(point)) yield { flow, point, passers }
      seen.add(point)
    }
}

// More at once, and a small machine is too busy to hear what Redis says within its second.
t.jobs = 2
t.setTimeout(isLong ? 1_800_000 : 300_000)
for (const { flow, point, passers } of deaths())
  t.test(
    `no order, unit or cent is lost when ${flow.name} dies at ${point}`,
    { buffered: true },
    async (t) => {
      const app = await build(t, asleep)
      // Each way twice: one buyer sends the request again, the other never does.
      const patient = await Promise.all(passers.map((way) => newPurchase(way, app)))
      const silent = await Promise.all(passers.map((way) => newPurchase(way, app)))
      const purchases = [...patient, ...silent]
      for (const purchase of purchases) await flow.prepare?.(purchase, app)

      await die(t, app, flow, point, purchases)
      const before = await ordersIn(app)
      const charged = await chargedAt(app)
      const cancelled = new Set(
        before.filter((one) => one.status === 'cancelled').map(({ id }) => id)
      )

      const answers = new Map<Purchase, Answer>()
      const { ask } = flow
      if (ask) for (const one of patient) answers.set(one, await insist(app, () => ask(one, app)))
      await endAll(app)
      await assertConsistent(t, app)

      const after = await ordersIn(app)
      const kept = new Set(after.map(({ id }) => id))
      t.ok(
        before.every(({ id }) => kept.has(id)),
        'the orders are there'
      )
      for (const purchase of purchases) {
        const orders = after.filter(({ product_id }) => product_id === purchase.items[0].product_id)
        for (const { id, payment_id, status, cancel_reason } of orders)
          if (charged.has(payment_id))
            t.equal(cancel_reason ?? status, cancelled.has(id) ? flow.lost : 'confirmed', 'paid')
        await checkPurchase(t, app, flow, purchase, orders, answers.get(purchase))
      }
      await assertConsistent(t, app)
    }
  )

/** Every request stops at the failpoint, and the process dies when the last one has reached it: batches, not single orders. */
async function die(
  t: Test,
  app: FastifyInstance,
  flow: Flow,
  point: Failpoint,
  purchases: Purchase[]
) {
  await neverDue(app)
  const mortal = await spawnNode(t, environmentOf(app), {
    ...(flow.ask ? asleep : hasty),
    ...flow.env,
    HOLDFAST_FAILPOINT: `${point}:${purchases.length}`
  })
  if (flow.silent) await comeOfAge(app)
  if (!flow.ask) await allDue(app)
  const told = purchases.map(async (purchase) => flow.ask?.(purchase, mortal))
  const answers = Promise.allSettled(told)
  await until('the death of the node', () => mortal.child.signalCode === 'SIGKILL')
  if (flow.ask)
    t.ok(
      (await answers).every(({ status }) => status === 'rejected'),
      'no client got an answer'
    )
}

/** One order at most, the truth about it, and every unit where it belongs. */
async function checkPurchase(
  t: Test,
  app: FastifyInstance,
  flow: Flow,
  purchase: Purchase,
  orders: OrderRow[],
  answer: Answer | undefined
) {
  const { ada, items, token, basket, units } = purchase
  const [{ product_id, quantity }] = items
  const about = `${token}, ${basket}, ${answer ? 'asked again' : 'not asked again'}`

  const mine = orders.filter(({ session_id }) => session_id === ada.kept)
  t.ok(mine.length <= 1, `one order: ${about}`)
  const [order] = mine
  if (answer) t.equal(order?.status, truth(answer), `told the truth: ${about}`)
  if (answer?.status === 201 || answer?.status === 402) {
    const again = await flow.ask!(purchase, app)
    t.equal(again.status, answer.status, `told again: ${about}`)
    t.equal(again.body.id ?? again.body.order_id, order!.id, `of the same order: ${about}`)
  }

  const sold = orders.filter(({ status }) => status === 'confirmed').length * quantity
  t.same(await unitsOf(app, product_id), [[units - sold, 0]], `exact stock: ${about}`)
  if (basket === 'cart') {
    const more = await ada.checkout(pay('tok_success'), randomUUID())
    if (order?.confirmed_at) t.equal(more.body.code, 'cart_empty', `the cart is bought: ${about}`)
    else t.equal(more.status, 201, `the cart is kept: ${about}`)
  }
  await checkGate(t, app, product_id, about)
}

/** How the order of an answer stands. */
function truth({ status, body }: Answer) {
  if (body.code === 'insufficient_stock') return undefined
  return status === 201 ? 'confirmed' : 'cancelled'
}
