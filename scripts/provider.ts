import { parseArgs } from 'node:util'
import { openProvider } from '../plugins/shop/payments/index.ts'
import { adopt, namedProvider } from './provider/adopt.ts'
import { providerConfiguration } from './provider/configuration.ts'
import { withPrimary } from './provider/with-primary.ts'

// npm run provider                      which payment provider this machine has, and which one the database belongs to
// npm run provider -- --adopt [--stop]  the database belongs to this machine's provider from here on
// A database names the provider's account, and a node with another one does not start: another provider does not know the
// charges of before. All nodes are stopped for --adopt; no payment and no refund may be open.

async function main() {
  const { values } = parseArgs({
    options: {
      adopt: { type: 'boolean', default: false },
      stop: { type: 'boolean', default: false }
    }
  })
  const identity = await identityHere()
  console.log(`the payment provider of this machine is ${identity}`)
  await withPrimary({ offline: values.adopt, stop: values.stop }, async (client) => {
    const before = await namedProvider(client)
    console.log(`the database belongs to ${before ?? 'none yet'}`)
    if (!values.adopt || before === identity) return
    await adopt(client, identity)
    console.log(`the database belongs to ${identity} now`)
  })
}

async function identityHere(): Promise<string> {
  const config = providerConfiguration()
  const provider = openProvider(config)
  try {
    return await provider.identity(AbortSignal.timeout(config.PAYMENT_TIMEOUT_MS))
  } catch (err) {
    throw new Error(`the payment provider is unreachable: ${(err as Error).message}`, {
      cause: err
    })
  } finally {
    await provider.end()
  }
}

await main().catch((err: Error) => {
  console.error(`provider: ${err.message}`)
  process.exitCode = 1
})
