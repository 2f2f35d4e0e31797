import type { Line } from '../reservation/index.ts'

/** `POST /checkout`: who buys what, and how it is paid. */
export type CheckoutRequest = {
  session: string
  /** The client's address, by which pending and unpaid orders are limited. */
  ip: string
  /** The Idempotency-Key header. A request without one is told apart by its cart. */
  key: string | undefined
  body: CheckoutBody
  /** The body as the client sent it, before defaults and trimming. */
  sent?: unknown
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
export type Attempt = CheckoutRequest & {
  /** The purchase (request-hash.ts). A repeat of the request has the same. */
  hash: Buffer
  /** The database's clock when the request first asked it: TX 1 refuses an attempt that took too long. */
  begun: Date
}
