import { createHash } from 'node:crypto'
import type { Line } from '../reservation/index.ts'

/** `POST /checkout`: who buys what, and how it is paid. */
export type CheckoutRequest = {
  /** The hash of the session's id. */
  session: string
  /** The client named no session: the one of its purchase is used, or a new one. */
  is_new_session: boolean
  /** The session (its hash) that is made of key and body. undefined: there is no key. */
  sessionOfPurchase: (request_hash: Buffer) => string | undefined
  /** The client's address, by which pending orders are limited. */
  ip: string
  /** The Idempotency-Key header. A request without one is told apart by its cart. */
  key: string | undefined
  body: {
    email: string
    shipping_address?: object
    payment?: { token: string }
    expected_total?: { amount: number; currency: string }
    /** Bought instead of the cart, which stays untouched. */
    items?: Line[]
  }
}

/** A request that the checkout has begun to work on. */
export type Attempt = Omit<CheckoutRequest, 'is_new_session' | 'sessionOfPurchase'> & {
  /**
   * Of a purchase of items: the session that is made of key and body. A client that named no session may have lost the answer, and with it this
   * session: its repeat meets the order here, also when the client has another session meanwhile.
   */
  purchase: string | undefined
  /** SHA-256 of the body. A repeat of the request has the same. */
  hash: Buffer
  /** The database's clock when the request first asked it: TX 1 refuses an attempt that took too long. */
  begun: Date
}

/** SHA-256 of a body. The order of its members does not matter. */
export const requestHash = (body: unknown) => createHash('sha256').update(canonical(body)).digest()

/** The request as the checkout works on it. */
export function attemptOf(
  { session, is_new_session, sessionOfPurchase, ...request }: CheckoutRequest,
  begun: Date
): Attempt {
  const hash = requestHash(request.body)
  const purchase = request.body.items && sessionOfPurchase(hash)
  return {
    ...request,
    session: is_new_session && purchase ? purchase : session,
    purchase,
    hash,
    begun
  }
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_name, member: unknown) =>
    isRecord(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member
  )

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
