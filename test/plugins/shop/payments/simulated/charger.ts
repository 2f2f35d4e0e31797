// A node of its own, as far as the provider can tell: charges the payments it is sent and says how each ended.
import type { ChargeRequest } from '../../../../../plugins/shop/payments/port.ts'
import { simulatedProvider } from '../../../../../plugins/shop/payments/simulated/provider.ts'

// Without a folder it was not started by a test.
const [folder] = process.argv.slice(2)
if (folder) start(simulatedProvider({ folder }))

function start(provider: ReturnType<typeof simulatedProvider>) {
  process.on('message', async (charges: ChargeRequest[]) => {
    const outcomes = []
    for (const charge of charges) {
      outcomes.push(await provider.charge(charge))
      // Every few, let the other process in.
      if (outcomes.length % 8 === 0) await new Promise(setImmediate)
    }
    provider.end()
    process.send!(outcomes, () => process.disconnect())
  })
  process.send!('ready')
}
