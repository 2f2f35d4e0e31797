/**
 * What Holdfast asks of a payment provider. Every call carries an id that Holdfast made and may be repeated with it,
 * by any number of nodes at once and in any order: the provider decides an id once and tells everybody the same.
 *
 * A call answers what is decided, or throws. Whatever it throws means *unknown*: the message may have been processed,
 * may be on its way still, or may be lost. Money is an integer in the currency's minor unit.
 */
export interface PaymentProvider {
  /**
   * Charges a payment once. Answers `closed` when `close` came first. Giving up (`signal`) throws at once and calls
   * nothing back: the charge may still go through.
   */
  charge(charge: ChargeRequest): Promise<Outcome>

  /**
   * Ends a payment's doubt: if nothing is decided yet it is `closed`, else this tells how it was decided. After
   * `closed` no charge with this id can succeed, not even one that was sent earlier.
   */
  close(payment_id: string, signal?: AbortSignal): Promise<Outcome>

  /** Gives money back, once a `refund_id`; never more than was charged, in however many parts. */
  refund(refund: RefundRequest): Promise<RefundOutcome>

  /**
   * How a payment was decided, or undefined while it is not. For people and audits: "not there" is no answer, since a
   * charge may be on its way. Only `close` ends the doubt.
   */
  find(payment_id: string): Promise<Decision | undefined>

  /**
   * What was charged by `charge` at `since` or later by the provider's clock, oldest first; nothing that the account was
   * used for otherwise, since a charge without a payment is given back. Refunds do not take it off the list.
   */
  list(since: Date): AsyncIterable<Charge>
}

export interface ChargeRequest {
  payment_id: string
  amount: number
  currency: string
  /** What the buyer's browser got from the provider in exchange for the card. */
  token: string
  /** Stops the waiting, not the charge. */
  signal?: AbortSignal
}

export interface RefundRequest {
  refund_id: string
  payment_id: string
  amount: number
  currency: string
  signal?: AbortSignal
}

/** How a payment ended, for ever. */
export type Outcome =
  | { status: 'succeeded'; reference: string }
  | { status: 'declined'; code: DeclineCode }
  | { status: 'closed' }

export type DeclineCode = 'card_declined' | 'insufficient_funds' | 'expired_card'

/** `refused`: there is no such charge, it is not as large, or the id was used for another refund. Nothing is recorded. */
export type RefundOutcome = { status: 'succeeded'; reference: string } | { status: 'refused' }

export type Decision = Outcome & { payment_id: string; decided_at: Date }

export interface Charge {
  payment_id: string
  reference: string
  amount: number
  currency: string
  /** What has been given back of it. */
  refunded: number
  decided_at: Date
}

/** No answer: it timed out, the connection broke, or the provider is down. The outcome is unknown. */
export class ProviderUnreachable extends Error {
  override name = 'ProviderUnreachable'
}
