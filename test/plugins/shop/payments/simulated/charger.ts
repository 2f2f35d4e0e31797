// Another process with the same provider: charges the payments that it is sent and answers how each was decided.
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
      // Every few charges, let the other process write.
      if (outcomes.length % 8 === 0) await new Promise(setImmediate)
    }
    await provider.end()
    process.send!(outcomes, () => process.disconnect())
  })
  process.send!('ready')
}
