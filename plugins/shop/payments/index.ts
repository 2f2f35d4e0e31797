import fp from 'fastify-plugin'
import type { Config } from '../../kernel/config.ts'
import type { OpenPaymentProvider, PaymentProvider } from './port.ts'
import simulated from './simulated/index.ts'
import { operatorError } from '../../lib/operator-error.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * The payment provider. Never called while a transaction is open. A call that throws has an unknown outcome, and
     * only `close` ends that.
     */
    payments: PaymentProvider
  }
}

/** The payment providers by their names in PAYMENT_PROVIDER: each is a folder beside this file, and one name here. */
export const providers = { simulated } satisfies Record<string, OpenPaymentProvider>

export default fp(
  async (fastify) => {
    const { config } = fastify
    const provider = openProvider(config)
    fastify.addHook('onClose', async () => provider.end())
    fastify.decorate('payments', provider)
  },
  { name: 'payments', dependencies: ['config'] }
)

/** The provider that PAYMENT_PROVIDER names. */
export const openProvider = (config: Config): PaymentProvider =>
  named(config.PAYMENT_PROVIDER)(config)

function named(name: string): OpenPaymentProvider {
  const open = Object.entries<OpenPaymentProvider>(providers).find(([known]) => known === name)?.[1]
  if (open) return open
  const known = Object.keys(providers).join(', ')
  throw operatorError(
    `environment variable PAYMENT_PROVIDER must be one of: ${known}; it is ${name}`
  )
}
