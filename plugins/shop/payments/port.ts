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
 * Answers are told apart by `status`. A caller takes a refund for done only when it has `succeeded`.
 */
export interface PaymentProvider {
  /** Its name in PAYMENT_PROVIDER. */
  readonly name: string
  /** What `POST /checkout` takes as its token. */
  readonly token: PaymentToken
  /** The decline codes that the provider is known to answer, as documentation. It may answer others. */
  readonly decline_codes: readonly string[]

  /**
   * Which account this is: at most 200 characters that never change, and that no other account has. The database of a shop
   * names it, and a node with another account does not start: its provider would not know the charges of the other nodes.
   */
  identity(signal?: AbortSignal): Promise<string>

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

  /**
   * Gives money back, once a `refund_id`; never more than was charged, in however many parts. A repeat answers how far the
   * refund is: `pending` until it has ended.
   */
  refund(refund: RefundRequest): Promise<RefundOutcome>

  /**
   * How a payment was decided, or undefined while it is not. For people and audits: undefined proves nothing, since a
   * charge may be on its way. Only `close` ends an unknown outcome.
   */
  find(payment_id: string): Promise<Decision | undefined>

  /**
   * The charges that succeeded at `since` or later by the provider's clock, oldest first, refunded ones too. A charge that
   * was not made by `charge` has no shop and no epoch. The reconciler refunds a charge only if its shop and epoch are ours.
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
  /** Whose charge it is: the id of the shop and the epoch of its database. The provider keeps both with the charge. */
  shop: string
  epoch: string
  /**
   * For people who look at the charge at the provider, such as the order's number: at most 20 entries, names of 40 characters
   * and values of 500.
   */
  metadata: Record<string, string>
  /** What the buyer's browser got from the provider in exchange for the card. */
  token: string
  /** Ends the waiting: the call throws at once. It does not call the charge back. */
  signal?: AbortSignal
}

export interface RefundRequest {
  /** The id of the attempt: a refund that failed is tried again with another id. */
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

/**
 * pending  accepted, and not made yet: ask again
 * failed   accepted, and never made; this id answers so forever. `failure_code` has the form of a decline code
 * refused  no such charge, not as large, or the id belongs to another refund. Nothing was recorded
 */
export type RefundOutcome =
  | { status: 'succeeded'; reference: string }
  | { status: 'pending'; reference: string }
  | { status: 'failed'; reference: string; failure_code: string }
  | { status: 'refused' }

/** Whose charge it is, as `charge` was told; null: the charge was not made by `charge`, or the payment was not charged. */
export interface Origin {
  shop: string | null
  epoch: string | null
}

export type Decision = Outcome & Origin & { payment_id: string; decided_at: Date }

export interface Charge extends Origin {
  payment_id: string
  reference: string
  amount: number
  currency: string
  /** How much of it was given back, or is on its way back. Refunds that failed do not count. */
  refunded: number
  decided_at: Date
}

/** The provider did not answer: a timeout, a broken connection, an outage. The outcome is unknown. */
export class ProviderUnreachable extends Error {
  override name = 'ProviderUnreachable'
}
