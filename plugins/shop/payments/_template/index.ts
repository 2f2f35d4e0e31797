import { join } from 'node:path'
import { Type } from 'typebox'
import type { Config } from '../../../kernel/config.ts'
import type { PaymentProvider } from '../port.ts'
import { simulatedProvider } from '../simulated/provider.ts'

/*
 * The template of a payment provider: `npm run new -- provider NAME` copies this folder (CONTRIBUTING.md). It keeps the
 * contract from the start, because a stand-in answers. Write one call after the other for the real provider, `close` first;
 * the contract test says when one breaks a promise. Remove the stand-in with the last of them.
 */

export default (config: Config): PaymentProvider => {
  const standIn = simulatedProvider({
    folder: join(config.HOLDFAST_DATA, 'template'),
    latency_ms: config.PROVIDER_LATENCY_MS
  })

  return {
    name: 'template',
    // What the buyer's browser gets from the provider. It stands in the OpenAPI document as it is.
    token: { schema: Type.String({ minLength: 1, maxLength: 200 }) },
    decline_codes: standIn.decline_codes,

    // The id of the account at the provider, which never changes.
    identity: (signal) => standIn.identity(signal),

    // Sends the payment's id as the provider's idempotency key, and shop, epoch and metadata to be kept with the charge. What it
    // cannot answer for sure it throws.
    charge: (charge) => standIn.charge(charge),

    // After it answered `closed`, no charge with this id succeeds, not even one that was sent earlier.
    close: (payment_id, signal) => standIn.close(payment_id, signal),

    // Sends the refund's id as the provider's idempotency key.
    refund: (refund) => standIn.refund(refund),

    find: (payment_id) => standIn.find(payment_id),
    list: (since) => standIn.list(since),
    end: () => standIn.end()
  }
}
