import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ProviderUnreachable } from '../../../../../plugins/shop/payments/port.ts'
import { listed, newRefund } from '../../../../contracts/charges.ts'
import { chargeOf, provide } from './provide.ts'

t.test('the simulated provider processes a charge whose caller has given up', async (t) => {
  const folder = t.testdir()
  const [far, near] = [provide(t, { folder, latency_ms: 200 }), provide(t, { folder })]
  const charge = chargeOf('tok_success', { signal: AbortSignal.timeout(10) })
  await t.rejects(far.charge(charge), ProviderUnreachable)
  t.equal(await near.find(charge.payment_id), undefined, 'the charge is on its way')
  await sleep(300)
  t.match(await near.find(charge.payment_id), { status: 'succeeded' }, 'the charge has arrived')
})

t.test('the simulated provider loses answers after it has processed the requests', async (t) => {
  const folder = t.testdir()
  const lossy = provide(t, { folder, lost_responses: 1 })
  const sound = provide(t, { folder })
  const [charged, closed] = [chargeOf(), chargeOf()]
  const refund = newRefund(charged)

  await t.rejects(lossy.charge(charged), ProviderUnreachable)
  t.match(await sound.close(charged.payment_id), { status: 'succeeded' })
  await t.rejects(lossy.close(closed.payment_id), ProviderUnreachable)
  t.same(await sound.charge(closed), { status: 'closed' })
  await t.rejects(lossy.refund(refund), ProviderUnreachable)
  t.match(await listed(sound, [charged]), [{ refunded: refund.amount }])
})

t.test('the simulated provider loses about the configured share of its answers', async (t) => {
  const provider = provide(t, { lost_responses: 0.3 })
  const charges = Array.from({ length: 400 }, () => chargeOf())
  const answers = await Promise.allSettled(charges.map((charge) => provider.charge(charge)))
  const lost = answers.filter((answer) => answer.status === 'rejected').length
  t.ok(lost > 60 && lost < 180, `${lost} of 400`)
})

t.test('the simulated provider gets a duplicate of a charge and decides once', async (t) => {
  const folder = t.testdir()
  const provider = provide(t, { folder, duplicates: 1 })
  const charge = chargeOf()
  const outcome = await provider.charge(charge)
  await sleep(1_100)
  const ledger = new DatabaseSync(join(folder, 'ledger.sqlite'))
  t.match(ledger.prepare('select deliveries from decisions').all(), [{ deliveries: 2 }])
  ledger.close()
  t.same(await provider.charge(charge), outcome)
})

t.test('the simulated provider keeps no process alive with requests on their way', async (t) => {
  const port = join(
    import.meta.dirname,
    '../../../../../plugins/shop/payments/simulated/provider.ts'
  )
  const program = `
    import { simulatedProvider } from ${JSON.stringify(port)}
    const provider = simulatedProvider({ folder: ${JSON.stringify(t.testdir())}, latency_ms: 60_000 })
    provider.charge(${JSON.stringify(chargeOf('tok_slow'))})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program])
  const [code] = await once(child, 'exit')
  t.equal(code, 0)
})
