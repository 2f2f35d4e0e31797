import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t from 'tap'
import type { Outcome } from '../../../../../plugins/shop/payments/port.ts'
import { chargeOf, provide, reference } from './provide.ts'

const charger = join(import.meta.dirname, 'charger.ts')

t.test('the simulated provider decides once between two processes', async (t) => {
  const folder = t.testdir()
  const provider = provide(t, { folder })
  const child = fork(charger, [folder])
  const charges = Array.from({ length: 3_000 }, () => chargeOf())
  await once(child, 'message')
  child.send(charges)
  const answer = once(child, 'message') as Promise<[Outcome[]]>

  // In the opposite order, so that each process comes first half of the time.
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

t.test(
  'the simulated provider decides once when many processes open its ledger at once',
  async (t) => {
    const folder = t.testdir()
    const children = Array.from({ length: 6 }, () => fork(charger, [folder]))
    const charge = chargeOf()
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
  }
)
