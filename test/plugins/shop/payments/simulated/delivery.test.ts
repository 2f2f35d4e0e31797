import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { ProviderUnreachable } from '../../../../../plugins/shop/payments/port.ts'
import { list, newCharge, newRefund, provide } from './provide.ts'

t.test('processes a charge whose caller has given up', async (t) => {
  const folder = t.testdir()
  const [far, near] = [provide(t, { folder, latency_ms: 200 }), provide(t, { folder })]
  const charge = newCharge({ signal: AbortSignal.timeout(10) })
  await t.rejects(far.charge(charge), ProviderUnreachable)
  t.equal(await near.find(charge.payment_id), undefined, 'it is on its way')
  await sleep(300)
  t.match(await near.find(charge.payment_id), { status: 'succeeded' }, 'it arrived')
})

t.test(
  'sends nothing for a caller that had given up before, or with a token it never made',
  async (t) => {
    const provider = provide(t)
    const [early, forged] = [
      newCharge({ signal: AbortSignal.abort() }),
      newCharge({ token: 'tok_x' })
    ]
    await t.rejects(provider.charge(early), ProviderUnreachable)
    await t.rejects(provider.charge(forged), /no card/)
    t.equal(await provider.find(early.payment_id), undefined)
    t.equal(await provider.find(forged.payment_id), undefined)
  }
)

t.test('loses answers of charge, close and refund after processing them', async (t) => {
  const folder = t.testdir()
  const lossy = provide(t, { folder, lost_responses: 1 })
  const sound = provide(t, { folder })
  const [charged, closed] = [newCharge(), newCharge()]
  const refund = newRefund(charged)

  await t.rejects(lossy.charge(charged), ProviderUnreachable)
  t.match(await sound.close(charged.payment_id), { status: 'succeeded' })
  await t.rejects(lossy.close(closed.payment_id), ProviderUnreachable)
  t.same(await sound.charge(closed), { status: 'closed' })
  await t.rejects(lossy.refund(refund), ProviderUnreachable)
  t.match(await list(sound), [{ refunded: refund.amount }])
})

t.test('loses about as many answers as it is told to', async (t) => {
  const provider = provide(t, { lost_responses: 0.3 })
  const charges = Array.from({ length: 400 }, () => newCharge())
  const answers = await Promise.allSettled(charges.map((charge) => provider.charge(charge)))
  const lost = answers.filter((answer) => answer.status === 'rejected').length
  t.ok(lost > 60 && lost < 180, `${lost} of 400`)
})

t.test('hears a charge twice and decides once', async (t) => {
  const folder = t.testdir()
  const provider = provide(t, { folder, duplicates: 1 })
  const charge = newCharge()
  const outcome = await provider.charge(charge)
  await sleep(1_100)
  const ledger = new DatabaseSync(join(folder, 'ledger.sqlite'))
  t.match(ledger.prepare('select deliveries from decisions').all(), [{ deliveries: 2 }])
  ledger.close()
  t.same(await provider.charge(charge), outcome)
})

t.test('keeps no process alive with what is on its way', async (t) => {
  const port = join(
    import.meta.dirname,
    '../../../../../plugins/shop/payments/simulated/provider.ts'
  )
  const program = `
    import { simulatedProvider } from ${JSON.stringify(port)}
    const provider = simulatedProvider({ folder: ${JSON.stringify(t.testdir())}, latency_ms: 60_000 })
    provider.charge(${JSON.stringify(newCharge({ token: 'tok_slow' }))})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program])
  const [code] = await once(child, 'exit')
  t.equal(code, 0)
})
