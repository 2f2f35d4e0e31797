import type { Test } from 'tap'
import type { ChargeRequest } from '../../../../../plugins/shop/payments/port.ts'
import {
  type SimulatedOptions,
  simulatedProvider
} from '../../../../../plugins/shop/payments/simulated/provider.ts'
import type { SimulatedToken } from '../../../../../plugins/shop/payments/simulated/tokens.ts'
import { newCharge } from '../../../../contracts/charges.ts'

/** A simulated provider for one test, with its ledger in a folder of the test or in one that is shared. */
export function provide(t: Test, options: Partial<SimulatedOptions> = {}) {
  const provider = simulatedProvider({ folder: options.folder ?? t.testdir(), ...options })
  // A request on its way keeps no process alive.
  const timer = setInterval(() => {}, 1000)
  t.teardown(() => {
    clearInterval(timer)
    return provider.end()
  })
  return provider
}

export const chargeOf = (token: SimulatedToken = 'tok_success', over?: Partial<ChargeRequest>) =>
  newCharge(token, over)

export const reference = /^sim_[0-9a-f-]{36}$/
