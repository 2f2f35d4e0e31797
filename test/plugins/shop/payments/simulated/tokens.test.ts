import t from 'tap'
import { ProviderUnreachable } from '../../../../../plugins/shop/payments/port.ts'
import { declines } from '../../../../../plugins/shop/payments/simulated/tokens.ts'
import { chargeOf, provide, reference } from './provide.ts'

t.test('the simulated provider decides each token in its own way', async (t) => {
  const provider = provide(t)
  t.match(await provider.charge(chargeOf('tok_success')), { status: 'succeeded', reference })
  t.same(await provider.charge(chargeOf('tok_declined')), {
    status: 'declined',
    decline_code: 'card_declined'
  })
  t.same(await provider.charge(chargeOf('tok_insufficient_funds')), {
    status: 'declined',
    decline_code: 'insufficient_funds'
  })
  t.same(await provider.charge(chargeOf('tok_expired_card')), {
    status: 'declined',
    decline_code: 'expired_card'
  })
  t.same(provider.decline_codes, Object.values(declines))
})

t.test('the simulated provider loses the answer of tok_timeout after charging it', async (t) => {
  const provider = provide(t)
  const charge = chargeOf('tok_timeout')
  const asked_at = performance.now()
  await t.rejects(provider.charge(charge), ProviderUnreachable)
  t.ok(performance.now() - asked_at < 500, 'at once')
  t.match(await provider.close(charge.payment_id), { status: 'succeeded' })
})

t.test('the simulated provider loses the answer of tok_error without a charge', async (t) => {
  const provider = provide(t)
  const charge = chargeOf('tok_error')
  await t.rejects(provider.charge(charge), ProviderUnreachable)
  t.equal(await provider.find(charge.payment_id), undefined)
  t.same(await provider.close(charge.payment_id), { status: 'closed' })
})

t.test('the simulated provider takes two seconds over tok_slow', async (t) => {
  const provider = provide(t)
  const [slow, closed] = [chargeOf('tok_slow'), chargeOf('tok_slow')]
  const asked_at = performance.now()
  const outcomes = Promise.all([provider.charge(slow), provider.charge(closed)])
  t.same(await provider.close(closed.payment_id), { status: 'closed' }, 'a close comes first')
  t.match(await outcomes, [{ status: 'succeeded' }, { status: 'closed' }])
  t.ok(performance.now() - asked_at > 1_900)
})

t.test('the simulated provider processes no charge with a token it does not know', async (t) => {
  const provider = provide(t)
  const forged = { ...chargeOf(), token: 'tok_x' }
  await t.rejects(provider.charge(forged), /no card/)
  t.equal(await provider.find(forged.payment_id), undefined)
})
