import t from 'tap'
import { ProviderUnreachable } from '../../../../../plugins/shop/payments/port.ts'
import { simulatedProvider } from '../../../../../plugins/shop/payments/simulated/provider.ts'
import { listed } from '../../../../contracts/charges.ts'
import { chargeOf, provide } from './provide.ts'

t.test('the simulated provider lists more charges than fit in a page', async (t) => {
  const provider = provide(t)
  const charges = Array.from({ length: 1_500 }, () => chargeOf())
  for (const charge of charges) await provider.charge(charge)

  const all = await listed(provider, charges)
  t.equal(all.length, charges.length, 'each of them once')
  const times = all.map((charge) => charge.decided_at.getTime())
  t.ok(times.every((time, index) => index === 0 || times[index - 1]! <= time))
})

t.test('the simulated provider keeps its decisions when it is opened again', async (t) => {
  const folder = t.testdir()
  const charge = chargeOf()
  const before = simulatedProvider({ folder })
  const outcome = await before.charge(charge)
  await before.end()
  await t.rejects(before.charge(chargeOf()), ProviderUnreachable)
  t.match(await provide(t, { folder }).find(charge.payment_id), { ...outcome, decided_at: Date })
})
