import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastify from 'fastify'
import t from 'tap'
import { Type } from 'typebox'
import config from '../../../../plugins/kernel/config.ts'
import payments, { providers } from '../../../../plugins/shop/payments/index.ts'
import { ProviderUnreachable } from '../../../../plugins/shop/payments/port.ts'
import { newCheckout } from '../../../../routes/checkout/schema.ts'
import { chargeOf } from './simulated/provide.ts'

const databases = { PRIMARY_URL: 'postgres://127.0.0.1/none', REDIS_URL: 'redis://127.0.0.1' }

t.test('the simulated provider is the default, with its ledger in the data folder', async (t) => {
  const HOLDFAST_DATA = t.testdir()
  const app = fastify()
  await app.register(config, {
    env: { ...databases, HOLDFAST_DATA, PROVIDER_LOST_RESPONSES: '1' }
  })
  await app.register(payments)
  await app.ready()

  t.equal(app.payments.name, 'simulated')
  const charge = chargeOf()
  await t.rejects(app.payments.charge(charge), ProviderUnreachable, 'it reads its variables')
  t.match(await app.payments.find(charge.payment_id), { status: 'succeeded' })
  t.ok(existsSync(join(HOLDFAST_DATA, 'provider/ledger.sqlite')))

  await app.close()
  await t.rejects(app.payments.charge(chargeOf()), /has ended/)
})

t.test('a node does not start with an unknown PAYMENT_PROVIDER', async (t) => {
  const known = Object.keys(providers).join(', ')
  for (const name of ['no-such', 'toString']) {
    const app = fastify()
    await app.register(config, { env: { ...databases, PAYMENT_PROVIDER: name } })
    await t.rejects(async () => app.register(payments), {
      message: `environment variable PAYMENT_PROVIDER must be one of: ${known}; it is ${name}`
    })
  }
})

t.test('a payment needs a token if the provider has no default token', async (t) => {
  const schema = Type.String({ maxLength: 200 })
  t.match(newCheckout({ schema }), {
    required: ['email'],
    properties: { payment: { required: ['token'], properties: { token: { maxLength: 200 } } } }
  })
  const { required, properties } = newCheckout({ schema, default: 'card' })
  t.same(required, ['email'])
  t.match(properties.payment, {
    default: {},
    properties: { token: { maxLength: 200, default: 'card' } }
  })
  t.notOk('required' in properties.payment)
})
