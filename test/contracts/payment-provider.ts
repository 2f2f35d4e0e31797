import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { declineCodeForm, type ChargeRequest } from '../../plugins/shop/payments/port.ts'
import { listed, newCharge, newRefund } from './charges.ts'
import { refundsLate } from './late-refunds.ts'

type Node = Pick<FastifyInstance, 'payments' | 'close'>

export type ProviderUnderTest = {
  /** Its name in PAYMENT_PROVIDER. */
  name: string
  /** Another node with the same account at the provider. The requests of a slow one are on their way for `slow_ms`. */
  open: (options?: { slow?: boolean }) => Promise<Node>
  slow_ms: number
  /** `refunds_late`, `refunds_fail`: cards whose refunds are not made at once, where the provider has such. */
  tokens: { succeeds: string; declines: string; refunds_late?: string; refunds_fail?: string }
}

/** What plugins/shop/payments/port.ts promises, of any provider. The account may hold charges of other tests too. */
export async function paymentProviderContract(t: Test, provider: ProviderUnderTest): Promise<void> {
  const trial = await prepare(provider)
  describes(t, trial)
  closesFirst(t, trial)
  chargesOnce(t, trial)
  refundsOnce(t, trial)
  refundsLate(t, trial)
  throwsUnknown(t, trial)
  lists(t, trial)
}

type Trial = Awaited<ReturnType<typeof prepare>>

async function prepare(provider: ProviderUnderTest) {
  const { open, slow_ms, tokens } = provider
  const [node, other, slow] = await Promise.all([open(), open(), open({ slow: true })])
  return {
    ...provider,
    payments: node.payments,
    other: other.payments,
    nodes: [node.payments, other.payments],
    slow: slow.payments,
    good: (over?: Partial<ChargeRequest>) => newCharge(tokens.succeeds, over),
    bad: (over?: Partial<ChargeRequest>) => newCharge(tokens.declines, over),
    /** Every request that was sent has arrived. */
    arrived: () => sleep(2 * slow_ms)
  }
}

/** Its name, its token and its decline codes. */
function describes(t: Test, { name, payments, other, slow, tokens }: Trial): void {
  t.test(`the ${name} provider describes itself`, async (t) => {
    t.equal(payments.name, name)
    const identity = await payments.identity()
    t.match(identity, /^\S{1,200}$/)
    for (const node of [other, slow]) t.equal(await node.identity(), identity, 'one account')
    const { schema, default: token = tokens.succeeds } = payments.token
    const takes = new Ajv2020().compile({ ...schema })
    for (const known of [token, ...Object.values(tokens)]) t.ok(takes(known), known)
    for (const wrong of [7, null, 'x'.repeat(10_000)])
      t.notOk(takes(wrong), 'a token is bounded text')
    for (const code of payments.decline_codes) t.match(code, declineCodeForm)
  })
}

/** After `closed` no charge succeeds. */
function closesFirst(
  t: Test,
  { name, payments, other, nodes, slow, slow_ms, good, arrived }: Trial
): void {
  t.test(`the ${name} provider charges nothing that is sent after a close`, async (t) => {
    const charge = good()
    const { payment_id } = charge
    t.same(await payments.close(payment_id), { status: 'closed' })
    for (const one of nodes) t.same(await one.charge(charge), { status: 'closed' })
    t.same(await other.close(payment_id), { status: 'closed' })
    t.match(await payments.find(payment_id), { payment_id, status: 'closed', decided_at: Date })
    t.same(await listed(payments, [charge]), [])
  })

  t.test(`the ${name} provider charges nothing that arrives after a close`, async (t) => {
    const [waiting, abandoned] = [good(), good({ signal: AbortSignal.timeout(slow_ms / 10) })]
    const sent = slow.charge(waiting)
    await t.rejects(slow.charge(abandoned))
    for (const { payment_id } of [waiting, abandoned])
      t.same(await payments.close(payment_id), { status: 'closed' })
    t.same(await sent, { status: 'closed' })
    await arrived()
    for (const charge of [waiting, abandoned]) {
      t.match(await payments.find(charge.payment_id), { status: 'closed' })
      t.same(await payments.close(charge.payment_id), { status: 'closed' })
    }
    t.same(await listed(payments, [waiting, abandoned]), [])
  })

  t.test(`the ${name} provider decides once between charges and closes`, async (t) => {
    const charges = Array.from({ length: 200 }, () => good())
    const answers = await Promise.all(
      charges.map((charge, n) => {
        const calls = nodes.flatMap((one) => [
          () => one.charge(charge),
          () => one.close(charge.payment_id)
        ])
        return Promise.all((n % 2 ? calls : calls.toReversed()).map((call) => call()))
      })
    )
    for (const [first, ...others] of answers) for (const answer of others) t.same(answer, first)
    const statuses = new Set(answers.flat().map(({ status }) => status))
    t.same(statuses, new Set(['succeeded', 'closed']), 'either may come first')
    const charged = answers.filter(([first]) => first!.status === 'succeeded').length
    t.equal((await listed(payments, charges)).length, charged)
  })
}

/** One decision a payment, whatever the repetition. */
function chargesOnce(t: Test, { name, payments, other, nodes, good, bad, tokens }: Trial): void {
  t.test(`the ${name} provider answers every repeat of a charge with its decision`, async (t) => {
    for (const charge of [good(), bad()]) {
      const [first, ...repeats] = await Promise.all(
        Array.from({ length: 10 }, (_, n) => nodes[n % 2]!.charge(charge))
      )
      for (const answer of repeats) t.same(answer, first)
      t.same(await payments.charge({ ...charge, token: tokens.succeeds }), first, 'any token')
      t.same(await other.close(charge.payment_id), first, 'a close')
      const { payment_id } = charge
      t.match(await payments.find(payment_id), { ...first, payment_id, decided_at: Date })
      if (first!.status === 'succeeded') t.match(first!.reference, /./)
      else t.match(first, { status: 'declined', decline_code: declineCodeForm })
    }
  })

  t.test(`the ${name} provider takes no repeat with another amount or currency`, async (t) => {
    const charge = good()
    const outcome = await payments.charge(charge)
    await t.rejects(payments.charge({ ...charge, amount: 1 }))
    await t.rejects(payments.charge({ ...charge, currency: 'EUR' }))
    t.same(await payments.charge(charge), outcome)
    const { amount, currency } = charge
    t.match(await listed(payments, [charge]), [{ amount, currency, refunded: 0 }])
  })
}

/** One refund a refund id, and never more than the charge. */
function refundsOnce(t: Test, { name, payments, nodes, good, bad }: Trial): void {
  t.test(`the ${name} provider refunds once a refund id`, async (t) => {
    const charge = good({ amount: 1000 })
    await payments.charge(charge)
    const refund = newRefund(charge)
    const [first, ...repeats] = await Promise.all(
      Array.from({ length: 10 }, (_, n) => nodes[n % 2]!.refund(refund))
    )
    t.match(first, { status: 'succeeded', reference: /./ })
    for (const answer of repeats) t.same(answer, first)
    t.same(
      await payments.refund({ ...refund, amount: 999 }),
      { status: 'refused' },
      'its id is used'
    )
    t.match(await listed(payments, [charge]), [{ amount: 1000, refunded: 1000 }])
  })

  t.test(
    `the ${name} provider refunds no more than a charge, in any number of parts`,
    async (t) => {
      const charges = Array.from({ length: 10 }, () => good({ amount: 1000 }))
      await Promise.all(charges.map((charge) => payments.charge(charge)))
      const parts = charges.flatMap((charge) =>
        Array.from({ length: 15 }, () => newRefund(charge, { amount: 300 }))
      )
      const answers = await Promise.all(
        parts.map((part) => Promise.all(nodes.map((one) => one.refund(part))))
      )
      for (const [first, again] of answers) t.same(again, first)
      const given = answers.filter(([first]) => first!.status === 'succeeded').length
      t.equal(given, charges.length * 3)
      for (const { refunded } of await listed(payments, charges)) t.equal(refunded, 900)
      const rest = newRefund(charges[0]!, { amount: 100 })
      t.match(await payments.refund(rest), { status: 'succeeded' }, 'the rest fits')
    }
  )

  t.test(`the ${name} provider refunds nothing that was not charged`, async (t) => {
    const [declined, closed, charged] = [bad(), good(), good()]
    await payments.charge(declined)
    await payments.close(closed.payment_id)
    await payments.charge(charged)
    const refused = [
      newRefund(declined),
      newRefund(closed),
      newRefund(good()),
      newRefund(charged, { currency: 'EUR' }),
      newRefund(charged, { amount: charged.amount + 1 })
    ]
    for (const refund of refused) t.same(await payments.refund(refund), { status: 'refused' })
    t.match(await listed(payments, [charged]), [{ refunded: 0 }])
  })
}

/** A call that is given up throws, and has an unknown outcome. */
function throwsUnknown(
  t: Test,
  { name, payments, other, slow, slow_ms, good, open, arrived }: Trial
): void {
  t.test(`the ${name} provider throws at once when a call is aborted`, async (t) => {
    const charged = good()
    await payments.charge(charged)
    for (const signal of [() => AbortSignal.abort(), () => AbortSignal.timeout(slow_ms / 10)]) {
      const begun = performance.now()
      await t.rejects(slow.charge(good({ signal: signal() })))
      await t.rejects(slow.close(randomUUID(), signal()))
      await t.rejects(slow.refund(newRefund(charged, { amount: 1, signal: signal() })))
      t.ok(performance.now() - begun < 2 * slow_ms, 'it waits for no answer')
    }
  })

  t.test(`the ${name} provider may have processed a call that was aborted`, async (t) => {
    const [charge, charged] = [good(), good()]
    await payments.charge(charged)
    const refund = newRefund(charged)
    await t.rejects(slow.charge({ ...charge, signal: AbortSignal.timeout(slow_ms / 10) }))
    await t.rejects(slow.refund({ ...refund, signal: AbortSignal.timeout(slow_ms / 10) }))
    await arrived()
    const outcome = await payments.close(charge.payment_id)
    t.ok(['succeeded', 'closed'].includes(outcome.status))
    t.same(await other.charge(charge), outcome)
    t.match(
      await payments.refund(refund),
      { status: 'succeeded' },
      'a repeat answers how it was decided'
    )
    t.match(await listed(payments, [charged]), [{ refunded: charged.amount }], 'once')
  })

  t.test(`the ${name} provider ends with its node`, async (t) => {
    const ended = await open({ slow: true })
    const [sent] = await Promise.all([t.rejects(ended.payments.charge(good())), ended.close()])
    t.ok(sent)
    await t.rejects(ended.payments.charge(good()))
    await t.rejects(ended.payments.close(randomUUID()))
  })
}

/** What the reconciler compares. */
function lists(t: Test, { name, payments, other, good, bad }: Trial): void {
  t.test(`the ${name} provider lists what it finds, oldest first`, async (t) => {
    const early = good()
    await payments.charge(early)
    const { decided_at } = (await payments.find(early.payment_id))!
    await sleep(5)
    const since = new Date(decided_at.getTime() + 1)
    const late = Array.from({ length: 20 }, () => good())
    for (const charge of late) await payments.charge(charge)
    const [declined, closed] = [bad(), good()]
    await payments.charge(declined)
    await payments.close(closed.payment_id)
    await payments.refund(newRefund(late[0]!))

    const all = [early, ...late, declined, closed]
    const [first, ...rest] = await listed(payments, all, decided_at)
    t.equal(first!.payment_id, early.payment_id, 'at that time or later')
    const found = await listed(other, all, since)
    t.same(found, rest, 'every node gets the same list')
    t.same(found.map(id).toSorted(), late.map(id).toSorted(), 'what was charged since')
    const times = found.map((charge) => charge.decided_at.getTime())
    t.same(times, times.toSorted())
    for (const { payment_id, amount, reference, refunded, decided_at: at, ...origin } of found) {
      const { shop, epoch } = late.find((one) => one.payment_id === payment_id)!
      t.match(origin, { shop, epoch }, 'whose charge it is')
      const decision = { status: 'succeeded', payment_id, reference, decided_at: at, shop, epoch }
      t.same(await payments.find(payment_id), decision)
      t.equal(refunded, payment_id === late[0]!.payment_id ? amount : 0)
    }
    t.equal(await payments.find(randomUUID()), undefined)
  })

  t.test(`the ${name} provider takes metadata of the size that the port allows`, async (t) => {
    const entries = Array.from({ length: 20 }, (_, n) => [`${n}`.padEnd(40, 'n'), 'é'.repeat(500)])
    const charge = good({ metadata: Object.fromEntries(entries) })
    t.match(await payments.charge(charge), { status: 'succeeded' })
  })
}

const id = ({ payment_id }: { payment_id: string }) => payment_id
