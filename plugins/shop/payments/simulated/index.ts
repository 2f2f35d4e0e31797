import { join } from 'node:path'
import type { Config } from '../../../kernel/config.ts'
import type { PaymentProvider } from '../port.ts'
import { simulatedProvider } from './provider.ts'
import { remoteProvider } from './remote/client.ts'

/**
 * The simulated provider. Its ledger lies in the data folder: the nodes of one machine share one provider. Nodes on several
 * machines share the one at PROVIDER_URL.
 */
export default (config: Config): PaymentProvider =>
  config.PROVIDER_URL
    ? remoteProvider({ url: config.PROVIDER_URL, secret: config.PROVIDER_SECRET })
    : inProcess(config)

/** The provider in this process: that of a node, or the one behind PROVIDER_URL (scripts/daemons/provider.ts). */
export const inProcess = (
  config: Pick<
    Config,
    'HOLDFAST_DATA' | 'PROVIDER_LATENCY_MS' | 'PROVIDER_LOST_RESPONSES' | 'PROVIDER_DUPLICATES'
  >
): PaymentProvider =>
  simulatedProvider({
    folder: join(config.HOLDFAST_DATA, 'provider'),
    latency_ms: config.PROVIDER_LATENCY_MS,
    lost_responses: config.PROVIDER_LOST_RESPONSES,
    duplicates: config.PROVIDER_DUPLICATES
  })
