import t from 'tap'
import { ProviderUnreachable } from '../../../../../plugins/shop/payments/port.ts'
import { list, newCharge, provide, reference } from './provide.ts'

t.test('answers each token in its own way, and the same again', async (t) => {
  const provider = provide(t)
  const ends = {
    tok_success: { status: 'succeeded', reference },
    tok_declined: { status: 'declined', code: 'card_declined' },
    tok_insufficient_funds: { status: 'declined', code: 'insufficient_funds' },
    tok_expired_card: { status: 'declined', code: 'expired_card' }
  }
  for (const [token, end] of Object.entries(ends)) {
    const charge = newCharge({ token })
    const outcome = await provider.charge(charge)
    t.match(outcome, end, token)
    t.same(await provider.charge(charge), outcome, 'a repeat is told the same')
    t.same(await provider.charge({ ...charge, token: 'tok_success' }), outcome, 'whatever the card')
    t.same(await provider.close(charge.payment_id), outcome, 'and so is whoever closes it')
  }
})

t.test('loses the answer of tok_timeout after charging it', async (t) => {
  const provider = provide(t)
  const charge = newCharge({ token: 'tok_timeout' })
  const asked_at = performance.now()
  await t.rejects(provider.charge(charge), ProviderUnreachable)
  t.ok(performance.now() - asked_at < 500, 'at once')
  t.match(await provider.close(charge.payment_id), { status: 'succeeded' })
})

t.test('loses the answer of tok_error without charging it', async (t) => {
  const provider = provide(t)
  const charge = newCharge({ token: 'tok_error' })
  await t.rejects(provider.charge(charge), ProviderUnreachable)
  t.equal(await provider.find(charge.payment_id), undefined)
  t.same(await provider.close(charge.payment_id), { status: 'closed' })
})

t.test('takes two seconds over tok_slow, and a close comes first', async (t) => {
  const provider = provide(t)
  const slow = newCharge({ token: 'tok_slow' })
  const closed = newCharge({ token: 'tok_slow' })
  const asked_at = performance.now()
  const outcomes = Promise.all([provider.charge(slow), provider.charge(closed)])
  t.same(await provider.close(closed.payment_id), { status: 'closed' })
  await outcomes
  t.match(await outcomes, [{ status: 'succeeded' }, { status: 'closed' }])
  t.ok(performance.now() - asked_at > 1_900)
})

t.test('never charges a payment that was closed', async (t) => {
  const provider = provide(t)
  const charge = newCharge()
  t.same(await provider.close(charge.payment_id), { status: 'closed' })
  t.same(await provider.charge(charge), { status: 'closed' })
  t.same(await provider.close(charge.payment_id), { status: 'closed' })
  t.match(await provider.find(charge.payment_id), { status: 'closed', decided_at: Date })
  t.same(await list(provider), [])
})

t.test('does not answer a repeat with another amount or currency', async (t) => {
  const provider = provide(t)
  const charge = newCharge()
  const outcome = await provider.charge(charge)
  await t.rejects(provider.charge({ ...charge, amount: 1 }), /another amount/)
  await t.rejects(provider.charge({ ...charge, currency: 'EUR' }), /another amount/)
  t.same(await provider.charge(charge), outcome)
})
