import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type {
  Charge,
  ChargeRequest,
  PaymentProvider
} from '../../../../../plugins/shop/payments/port.ts'
import {
  type SimulatedOptions,
  simulatedProvider
} from '../../../../../plugins/shop/payments/simulated/provider.ts'

/** A simulated provider for one test, with its books in a folder of the test's own or in one that is shared. */
export function provide(t: Test, options: Partial<SimulatedOptions> = {}) {
  const provider = simulatedProvider({ folder: options.folder ?? t.testdir(), ...options })
  // What is on its way to the provider keeps no process alive; a test that waits for it has to.
  const timer = setInterval(() => {}, 1_000)
  t.teardown(() => {
    clearInterval(timer)
    provider.end()
  })
  return provider
}

export function newCharge(over: Partial<ChargeRequest> = {}): ChargeRequest {
  const payment_id = randomUUID()
  return { payment_id, amount: 129_900, currency: 'USD', token: 'tok_success', ...over }
}

/** A refund of the whole charge. */
export function newRefund({ payment_id, amount, currency }: ChargeRequest) {
  return { refund_id: randomUUID(), payment_id, amount, currency }
}

export async function list(provider: PaymentProvider, since = new Date(0)) {
  const found: Charge[] = []
  for await (const charge of provider.list(since)) found.push(charge)
  return found
}

export const reference = /^sim_[0-9a-f-]{36}$/
