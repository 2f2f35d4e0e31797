import { join } from 'node:path'
import fp from 'fastify-plugin'
import type { PaymentProvider } from './port.ts'
import { simulatedProvider } from './simulated/provider.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * The payment provider. Never called while a transaction is open. What it throws means that the outcome is unknown,
     * and only `close` ends that.
     */
    payments: PaymentProvider
  }
}

export default fp(
  async (fastify) => {
    const { config } = fastify
    const provider = simulatedProvider({
      folder: join(config.HOLDFAST_DATA, 'provider'),
      latency_ms: config.PROVIDER_LATENCY_MS,
      lost_responses: config.PROVIDER_LOST_RESPONSES,
      duplicates: config.PROVIDER_DUPLICATES
    })
    fastify.addHook('onClose', async () => provider.end())
    fastify.decorate('payments', provider)
  },
  { name: 'payments', dependencies: ['config'] }
)
