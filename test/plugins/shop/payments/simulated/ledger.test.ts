import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ProviderUnreachable } from '../../../../../plugins/shop/payments/port.ts'
import { simulatedProvider } from '../../../../../plugins/shop/payments/simulated/provider.ts'
import { list, newCharge, newRefund, provide, reference } from './provide.ts'

t.test('refunds once an id, however often it is asked', async (t) => {
  const provider = provide(t)
  const charge = newCharge({ amount: 1_000 })
  await provider.charge(charge)
  const refund = newRefund(charge)
  const answer = await provider.refund(refund)
  t.match(answer, { status: 'succeeded', reference })
  t.same(await provider.refund(refund), answer, 'a repeat of a whole refund still fits')
  t.same(
    await provider.refund({ ...refund, amount: 999 }),
    { status: 'refused' },
    'not with its id'
  )
  t.match(await list(provider), [{ refunded: 1_000 }])
})

t.test('refunds nothing that was not charged', async (t) => {
  const provider = provide(t)
  const [declined, closed, charged] = [
    newCharge({ token: 'tok_declined' }),
    newCharge(),
    newCharge()
  ]
  await provider.charge(declined)
  await provider.close(closed.payment_id)
  await provider.charge(charged)
  const refused = [
    newRefund(declined),
    newRefund(closed),
    newRefund(newCharge()),
    { ...newRefund(charged), currency: 'EUR' },
    { ...newRefund(charged), amount: charged.amount + 1 }
  ]
  for (const refund of refused) {
    t.same(await provider.refund(refund), { status: 'refused' })
  }
})

t.test('lists what was charged since, oldest first', async (t) => {
  const provider = provide(t)
  const early = newCharge()
  await provider.charge(early)
  await sleep(5)
  const since = new Date()
  const late = Array.from({ length: 1_500 }, () => newCharge())
  for (const charge of late) await provider.charge(charge)
  await provider.charge(newCharge({ token: 'tok_declined' }))
  await provider.close(randomUUID())

  const everything = await list(provider)
  t.equal(everything.length, 1_501)
  const { payment_id, amount, currency } = early
  const decided_at = Date
  t.match(everything[0], { payment_id, amount, currency, reference, refunded: 0, decided_at })
  const listed = await list(provider, since)
  t.equal(listed.length, late.length)
  t.same(new Set(listed.map(id)), new Set(late.map(id)), 'each of them once')
  const times = listed.map((charge) => charge.decided_at.getTime())
  t.ok(times.every((time, index) => index === 0 || times[index - 1]! <= time))
})

t.test('remembers after it was closed and opened again', async (t) => {
  const folder = t.testdir()
  const charge = newCharge()
  const before = simulatedProvider({ folder })
  const outcome = await before.charge(charge)
  before.end()
  await t.rejects(before.charge(newCharge()), ProviderUnreachable)
  t.match(await provide(t, { folder }).find(charge.payment_id), { ...outcome, decided_at: Date })
})

function id({ payment_id }: { payment_id: string }) {
  return payment_id
}
