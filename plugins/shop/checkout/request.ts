import type { Line } from '../reservation/index.ts'

/** `POST /checkout`: who buys what, and how it is paid. */
export type CheckoutRequest = {
  /** The hash of the session's id. */
  session: string
  /** The client named no session: the one of its purchase is used, or a new one. */
  is_new_session: boolean
  /** The session (its hash) that is made of key and body. undefined: there is no key. */
  sessionOfPurchase: (request_hash: Buffer) => string | undefined
  /** The client's address, by which pending and unpaid orders are limited. */
  ip: string
  /** The Idempotency-Key header. A request without one is told apart by its cart. */
  key: string | undefined
  body: CheckoutBody
  /** The body as the client sent it, before defaults and trimming. */
  sent?: unknown
  /** The problem of a token that the provider does not know. It ends the request unless the order costs nothing. */
  token_fault?: Error | undefined
}

/** The body of a checkout as its schema leaves it: with the provider's default token, and without null. */
export type CheckoutBody = {
  email: string
  shipping_address?: object
  payment?: { token: string }
  expected_total?: { amount: number; currency: string }
  /** Bought instead of the cart, which stays untouched. */
  items?: Line[]
}

/** A request that the checkout has begun to work on. */
export type Attempt = Omit<CheckoutRequest, 'is_new_session' | 'sessionOfPurchase'> & {
  /**
   * Of a purchase of items: the session that is made of key and body. A client that named no session may have lost the answer,
   * and with it this session: its repeat meets the order here, also when the client has another session meanwhile.
   */
  purchase: string | undefined
  /** The purchase (request-hash.ts). A repeat of the request has the same. */
  hash: Buffer
}
