import { join } from 'node:path'
import type { Config } from '../../../kernel/config.ts'
import type { PaymentProvider } from '../port.ts'
import { simulatedProvider } from './provider.ts'

/** The simulated provider. Its ledger lies in the data folder: the nodes of one machine share one provider. */
export default (config: Config): PaymentProvider =>
  simulatedProvider({
    folder: join(config.HOLDFAST_DATA, 'provider'),
    latency_ms: config.PROVIDER_LATENCY_MS,
    lost_responses: config.PROVIDER_LOST_RESPONSES,
    duplicates: config.PROVIDER_DUPLICATES
  })
