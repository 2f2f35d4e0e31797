import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastify from 'fastify'
import t from 'tap'
import config from '../../../../plugins/kernel/config.ts'
import payments from '../../../../plugins/shop/payments/index.ts'
import { ProviderUnreachable } from '../../../../plugins/shop/payments/port.ts'
import { newCharge } from './simulated/provide.ts'

t.test('keeps its books in the data folder and closes them with the app', async (t) => {
  const HOLDFAST_DATA = t.testdir()
  const app = fastify()
  await app.register(config, {
    env: {
      HOLDFAST_DATA,
      PRIMARY_URL: 'postgres://127.0.0.1/none',
      REDIS_URL: 'redis://127.0.0.1',
      COOKIE_SECRET: 'c'.repeat(32),
      PROVIDER_LOST_RESPONSES: '1'
    }
  })
  await app.register(payments)
  await app.ready()

  const charge = newCharge()
  await t.rejects(app.payments.charge(charge), ProviderUnreachable, 'the knobs are the config')
  t.match(await app.payments.find(charge.payment_id), { status: 'succeeded' })
  t.ok(existsSync(join(HOLDFAST_DATA, 'provider/ledger.sqlite')))

  await app.close()
  await t.rejects(app.payments.charge(newCharge()), /has ended/)
})
