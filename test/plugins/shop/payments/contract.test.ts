import fastify from 'fastify'
import t, { type Test } from 'tap'
import config from '../../../../plugins/kernel/config.ts'
import payments, { providers } from '../../../../plugins/shop/payments/index.ts'
import { simulatedProvider } from '../../../../plugins/shop/payments/simulated/provider.ts'
import { providerServer } from '../../../../plugins/shop/payments/simulated/remote/server.ts'
import {
  paymentProviderContract,
  type ProviderUnderTest
} from '../../../contracts/payment-provider.ts'

const slow_ms = 400

type Trial = {
  /** What a node needs besides the name of the provider. */
  env?: Record<string, string>
  /** Keeps each request on its way for `slow_ms`. */
  slow: Record<string, string>
  tokens: ProviderUnderTest['tokens']
}

/** How each provider is tried. `tsc` refuses a provider of payments/index.ts that is missing here. */
const trials: Record<keyof typeof providers, Trial> = {
  simulated: {
    slow: { PROVIDER_LATENCY_MS: String(slow_ms) },
    tokens: {
      succeeds: 'tok_success',
      declines: 'tok_declined',
      refunds_late: 'tok_refund_pending',
      refunds_fail: 'tok_refund_fails'
    }
  }
}

t.same(Object.keys(trials), Object.keys(providers), 'every provider is tried')

for (const [name, { env, slow, tokens }] of Object.entries(trials))
  t.test(`the ${name} payment provider keeps the contract`, async (t) => {
    const shared = { ...env, PAYMENT_PROVIDER: name, HOLDFAST_DATA: t.testdir() }
    const open: ProviderUnderTest['open'] = (options) =>
      openNode(t, options?.slow ? { ...shared, ...slow } : shared)
    await paymentProviderContract(t, { name, open, slow_ms, tokens })
  })

t.test('the simulated payment provider keeps the contract over HTTP', async (t) => {
  const folder = t.testdir()
  const secret = 'of the provider and its nodes'.replaceAll(' ', '-').padEnd(32, '-')
  const listen = async (latency_ms: number) => {
    const server = providerServer(simulatedProvider({ folder, latency_ms }), { secret })
    t.teardown(() => server.close())
    return server.listen({ host: '127.0.0.1', port: 0 })
  }
  const [fast, late] = await Promise.all([listen(0), listen(slow_ms)])
  const open: ProviderUnderTest['open'] = (options) =>
    openNode(t, { PROVIDER_URL: options?.slow ? late : fast, PROVIDER_SECRET: secret })
  const { tokens } = trials.simulated
  await paymentProviderContract(t, { name: 'simulated', open, slow_ms, tokens })

  await t.test('the provider answers only clients with its secret', async (t) => {
    const stranger = await openNode(t, { PROVIDER_URL: fast, PROVIDER_SECRET: 'x'.repeat(32) })
    await t.rejects(stranger.payments.identity(), /answered 401/)
  })
})

/** A node that has nothing but its payments. */
async function openNode(t: Test, env: Record<string, string>) {
  const node = fastify()
  await node.register(config, {
    env: { PRIMARY_URL: 'postgres://127.0.0.1/none', REDIS_URL: 'redis://127.0.0.1', ...env }
  })
  await node.register(payments)
  // A request on its way keeps no process alive.
  const timer = setInterval(() => {}, 1000)
  t.teardown(async () => {
    clearInterval(timer)
    await node.close()
  })
  return node
}
