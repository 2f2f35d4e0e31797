import type { TSchema } from 'typebox'
import type { Config } from '../../kernel/config.ts'

/** Opens a provider with its variables of the configuration. Does not wait for it: a node starts without its provider. */
export type OpenPaymentProvider = (config: Config) => PaymentProvider

/**
 * What Holdfast asks of a payment provider; test/contracts/payment-provider.ts checks it.
 *
 * Holdfast makes the id in every request, and may repeat a request with its id: from several nodes at once and in any
 * order. The provider decides each id once and answers every repeat with that decision.
 *
 * A call answers what is decided, or throws. A call that throws has an unknown outcome: the request may have been
 * processed, may still be on its way, or may be lost. Amounts are integers in the currency's minor unit.
 *
 * Answers are told apart by `status`. A caller takes a refund for done only when it has `succeeded`, so that other
 * statuses can be added.
 */
export interface PaymentProvider {
  /** Its name in PAYMENT_PROVIDER. */
  readonly name: string
  /** What `POST /checkout` takes as its token. */
  readonly token: PaymentToken
  /** The decline codes that the provider is known to answer, as documentation. It may answer others. */
  readonly decline_codes: readonly string[]

  /**
   * Charges a payment once. Answers `closed` when `close` came first. Throws when the id is decided for another amount
   * or currency.
   */
  charge(charge: ChargeRequest): Promise<Outcome>

  /**
   * Ends a payment's unknown outcome: closes the payment if it is not decided yet, else answers how it was decided.
   * After `closed` no charge with this id succeeds, not even one that was sent earlier.
   */
  close(payment_id: string, signal?: AbortSignal): Promise<Outcome>

  /** Gives money back, once a `refund_id`; never more than was charged, in however many parts. */
  refund(refund: RefundRequest): Promise<RefundOutcome>

  /**
   * How a payment was decided, or undefined while it is not. For people and audits: undefined proves nothing, since a
   * charge may be on its way. Only `close` ends an unknown outcome.
   */
  find(payment_id: string): Promise<Decision | undefined>

  /**
   * The charges that succeeded at `since` or later by the provider's clock, oldest first, refunded ones too. Only
   * charges of `charge`: the reconciler refunds a charge that belongs to no payment.
   */
  list(since: Date): AsyncIterable<Charge>

  /** Releases files and connections when the node closes. Calls that are under way throw, and so do later ones. */
  end(): void | Promise<void>
}

export interface PaymentToken {
  /** A string of bounded length. It stands in the OpenAPI document as it is. */
  readonly schema: TSchema
  /** What a checkout without a token pays with. Without a default, a checkout has to bring a token. */
  readonly default?: string
}

export interface ChargeRequest {
  payment_id: string
  amount: number
  currency: string
  /** What the buyer's browser got from the provider in exchange for the card. */
  token: string
  /** Ends the waiting: the call throws at once. It does not call the charge back. */
  signal?: AbortSignal
}

export interface RefundRequest {
  refund_id: string
  payment_id: string
  amount: number
  currency: string
  /** As of a charge. */
  signal?: AbortSignal
}

/** How a payment was decided. It never changes. */
export type Outcome =
  | { status: 'succeeded'; reference: string }
  | { status: 'declined'; decline_code: string }
  | { status: 'closed' }

/** What a `decline_code` looks like. A provider translates or cuts what does not fit: buyers and tables see it. */
export const declineCodeForm = /^[a-z0-9_]{1,64}$/

/** `refused`: no such charge, not as large, or the id belongs to another refund. Nothing was recorded. */
export type RefundOutcome = { status: 'succeeded'; reference: string } | { status: 'refused' }

export type Decision = Outcome & { payment_id: string; decided_at: Date }

export interface Charge {
  payment_id: string
  reference: string
  amount: number
  currency: string
  /** How much of it has been given back. */
  refunded: number
  decided_at: Date
}

/** The provider did not answer: a timeout, a broken connection, an outage. The outcome is unknown. */
export class ProviderUnreachable extends Error {
  override name = 'ProviderUnreachable'
}
