import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import type { Outcome } from '../../../../../plugins/shop/payments/port.ts'
import { list, newCharge, newRefund, provide, reference } from './provide.ts'

const charger = join(import.meta.dirname, 'charger.ts')

t.test('decides a race of charge and close once, between two nodes', async (t) => {
  const folder = t.testdir()
  const [one, other] = [
    provide(t, { folder, latency_ms: 1 }),
    provide(t, { folder, latency_ms: 1 })
  ]
  const charges = Array.from({ length: 400 }, () => newCharge())
  const told = await Promise.all(
    charges.map((charge, index) => {
      const close = index % 2 === 0 && other.close(charge.payment_id)
      return Promise.all([one.charge(charge), close || other.close(charge.payment_id)])
    })
  )
  for (const [charged, closed] of told) t.same(charged, closed)
  const statuses = new Set(told.flat().map((outcome) => outcome.status))
  t.same(statuses, new Set(['succeeded', 'closed']), 'either may come first')
})

t.test('decides a race once between two processes', async (t) => {
  const folder = t.testdir()
  const provider = provide(t, { folder })
  const child = fork(charger, [folder])
  const charges = Array.from({ length: 3_000 }, () => newCharge())
  await once(child, 'message')
  child.send(charges)
  const answer = once(child, 'message') as Promise<[Outcome[]]>

  // From the end to the middle and back, so that each process comes first half of the time.
  const closed = new Map<string, Outcome>()
  for (const { payment_id } of charges.toReversed()) {
    closed.set(payment_id, await provider.close(payment_id))
    if (closed.size % 8 === 0) await new Promise(setImmediate)
  }
  const [charged] = await answer
  t.same(
    charged,
    charges.map(({ payment_id }) => closed.get(payment_id))
  )
  const statuses = new Set(charged.map(({ status }) => status))
  t.same(statuses, new Set(['succeeded', 'closed']), 'each process came first somewhere')
})

t.test('opens one ledger from many processes at once', async (t) => {
  const folder = t.testdir()
  const children = Array.from({ length: 6 }, () => fork(charger, [folder]))
  const charge = newCharge()
  const outcomes = await Promise.all(
    children.map(async (child) => {
      await once(child, 'message')
      child.send([charge])
      const [[outcome]] = await once(child, 'message')
      return outcome
    })
  )
  t.match(outcomes[0], { status: 'succeeded', reference })
  for (const outcome of outcomes) t.same(outcome, outcomes[0])
})

t.test('never gives back more than was charged, from two nodes at once', async (t) => {
  const folder = t.testdir()
  const nodes = [provide(t, { folder, latency_ms: 1 }), provide(t, { folder, latency_ms: 1 })]
  const charges = Array.from({ length: 20 }, () => newCharge({ amount: 1_000 }))
  await Promise.all(charges.map((charge) => nodes[0]!.charge(charge)))

  const parts = charges.flatMap((charge) =>
    Array.from({ length: 15 }, () => ({ ...newRefund(charge), amount: 300 }))
  )
  const answers = await Promise.all(parts.flatMap((part) => nodes.map((node) => node.refund(part))))
  const given = answers.filter(({ status }) => status === 'succeeded').length
  t.equal(given, 20 * 3 * 2, 'three parts a charge, each told to both nodes')
  for (const { refunded } of await list(nodes[1]!)) t.equal(refunded, 900)
})
