import { isIP } from 'node:net'
import closeWithGrace from 'close-with-grace'
import { inProcess } from '../../plugins/shop/payments/simulated/index.ts'
import { providerServer } from '../../plugins/shop/payments/simulated/remote/server.ts'
import { providerConfiguration } from '../provider/configuration.ts'
import { isLoopback } from '../stack/proxy/networks.ts'
import { whole } from '../stack/whole-number.ts'

// The simulated payment provider as a process of its own, for nodes on several machines: they have its address as PROVIDER_URL.
// Its ledger is in HOLDFAST_DATA/provider, where the nodes of this machine would have it.

async function main() {
  const { HOLDFAST_PROVIDER_HOST: host = '127.0.0.1', HOLDFAST_PROVIDER_PORT } = process.env
  const port = whole('HOLDFAST_PROVIDER_PORT', HOLDFAST_PROVIDER_PORT || '3100', 1, 65_535)
  const config = providerConfiguration()
  if (host !== 'localhost' && !isLoopback(host) && !config.PROVIDER_SECRET)
    throw new Error(`PROVIDER_SECRET is required on ${host}, where other machines can ask`)

  const server = providerServer(inProcess(config), { secret: config.PROVIDER_SECRET })
  await server.listen({ host, port })
  console.log(
    `the payment provider listens at http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
  )
  closeWithGrace({ delay: 20_000 }, () => server.close())
}

await main().catch((err: Error) => {
  console.error(`provider: ${err.message}`)
  process.exit(1)
})
